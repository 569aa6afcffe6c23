import { json } from "./respond.ts";
import type { ApiRoute } from "./route.ts";

export const fleetRoutes: readonly ApiRoute[] = [
  { path: ["fleet"], methods: { GET: async ({ desk }) => json(await desk.fleet()) } },
];
