/** The public names of the security room. */
export { LOOPBACK_HOSTS, LOOPBACK_POLICY, checkHost, isLoopback, policyFor } from "./host-guard.ts";
export type { GuardVerdict, HostPolicy } from "./host-guard.ts";
