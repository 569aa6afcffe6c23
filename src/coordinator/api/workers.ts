import { askerOf, readObject } from "./body.ts";
import { json } from "./respond.ts";
import type { ApiRoute } from "./route.ts";

export const workerRoutes: readonly ApiRoute[] = [
  {
    path: ["workers", "*"],
    methods: { GET: async ({ desk }, { name }) => json(desk.worker(name)) },
  },
  {
    path: ["workers", "*", "wake"],
    methods: {
      async POST({ desk }, { request, name }) {
        const by = askerOf(await readObject(request));
        return json(await desk.wake(name, { by }), 202);
      },
    },
  },
  {
    path: ["workers", "*", "retire"],
    methods: {
      async POST({ desk }, { request, name }) {
        const by = askerOf(await readObject(request));
        return json(await desk.retire(name, { by }));
      },
    },
  },
];
