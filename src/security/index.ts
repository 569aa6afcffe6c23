/** The public names of the security room. */
export { LOOPBACK_HOSTS, LOOPBACK_POLICY, checkHost, isLoopback, policyFor } from "./host-guard.ts";
export type { GuardVerdict, HostPolicy } from "./host-guard.ts";
export { checkAddress, checkTarget, isPublicAddress } from "./outbound.ts";
export type { OutboundPolicy, OutboundVerdict } from "./outbound.ts";
export { digestOf } from "./seal/digest.ts";
export { createKeyRing, keyRingRecord, readKeyRing, rotateKeyRing } from "./seal/key-ring.ts";
export type { FleetKey, KeyRing, KeyRingRecord, RandomBytes } from "./seal/key-ring.ts";
export { createSealer } from "./seal/sealer.ts";
export type {
  Opened,
  SealClaims,
  SealExpectation,
  SealFailure,
  SealPurpose,
  Sealer,
  SealerOptions,
} from "./seal/sealer.ts";
