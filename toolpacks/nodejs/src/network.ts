/** Whether this drone may ask others, and how. The operator grants it; a tool only uses what it is handed. */
export interface Network {
  /** Absent: not granted. */
  fetch?: typeof fetch;
}

/** What `FLOTILLA_NETWORK=1` says. Where there is no environment nothing is granted. */
export function grantedNetwork(): Network {
  const granted = "process" in globalThis && process.env["FLOTILLA_NETWORK"] === "1";
  return granted ? { fetch: (...args) => globalThis.fetch(...args) } : {};
}
