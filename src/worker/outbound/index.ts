/** `flotilla/worker/outbound`: where a worker may send requests that others described. */
export { checkAddress, checkTarget, isPublicAddress } from "../../security/index.ts";
export type { OutboundPolicy, OutboundVerdict } from "../../security/index.ts";
