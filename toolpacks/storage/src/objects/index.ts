/** `@flotilla/storage/objects`: the stores, for packs that keep things in them. */
export type { Found, Listing, ObjectInfo, ObjectStore, StoreParts } from "./contract.ts";
export { checkedKey } from "./keys.ts";
export { openStore } from "./open.ts";
