import { storeConformance } from "./conformance.ts";
import { createMemoryStore } from "./memory.ts";
storeConformance(({ clock }) => ({ store: createMemoryStore({ clock }) }), { name: "memory" });
