import { readObject } from "./body.ts";
import { json } from "./respond.ts";
import type { ApiRoute } from "./route.ts";

export const reloadRoutes: readonly ApiRoute[] = [
  {
    path: ["reload"],
    methods: {
      async POST({ reload }, { request }) {
        await readObject(request);
        return json(await reload());
      },
    },
  },
];
