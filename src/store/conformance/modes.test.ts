/** The suite itself in the modes that only drivers of other backends need: real time, several handles, exceptions. */
import { storeConformance } from "../conformance.ts";
import { createMemoryStore } from "../memory.ts";
import type { MakeStore } from "./case.ts";

/** Two handles on one memory, as two processes have them on one server. */
const sharedStore: MakeStore = ({ clock }) => {
  const inner = createMemoryStore({ clock });
  const capabilities = { driver: "memory", durable: false, shared: true };
  const store = { ...inner, capabilities };
  return { store, connect: async () => ({ ...store, close: async () => {} }) };
};

storeConformance(sharedStore, {
  name: "memory in real time, with several handles",
  time: "real",
  shared: true,
  runs: 5,
  cannot: { "records.list-bound": "proved in injected time already, and slow" },
});
