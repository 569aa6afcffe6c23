import { afterAll, beforeAll, describe } from "vitest";
import { storeConformance } from "../conformance.ts";
import { connectRedisStore } from "./redis.node.ts";
import { REDIS_NEEDED, REDIS_SERVER, startRedis } from "./redis/testing/server.node.ts";
import type { RedisServer } from "./redis/testing/server.node.ts";

describe.skipIf(REDIS_SERVER === undefined)(`Redis ${REDIS_NEEDED}`, () => {
  let server: RedisServer;
  let stores = 0;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  storeConformance(
    async ({ clock }) => {
      stores += 1;
      const prefix = `test-${stores}`;
      const connect = () => connectRedisStore({ url: server.url, prefix, clock });
      const store = await connect();
      return { store, connect, reopen: connect, dispose: () => store.close() };
    },
    { name: "redis", time: "real", durable: true, shared: true, runs: 20 },
  );
});
