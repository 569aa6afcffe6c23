import { askerOf, readObject, requiredText } from "./body.ts";
import { json } from "./respond.ts";
import type { ApiRoute } from "./route.ts";

export const droneRoutes: readonly ApiRoute[] = [
  {
    path: ["drones"],
    methods: {
      GET: async ({ desk }) => json({ drones: desk.drones() }),
      async POST({ desk }, { request }) {
        const body = await readObject(request);
        const worker = requiredText(body, "worker");
        return json(await desk.spawn({ worker, by: askerOf(body) }), 201);
      },
    },
  },
  {
    path: ["drones", "*"],
    methods: {
      async DELETE({ desk }, { request, name }) {
        const by = askerOf(await readObject(request));
        return json(await desk.retireDrone(name, { by }), 202);
      },
    },
  },
];
