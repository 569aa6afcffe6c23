/**
 * What a drone sees of the environment Flotilla runs in: enough to find programs, a home, a language and a way out to
 * the network, and nothing that holds the operator's credentials. Everything else a worker names itself.
 */

/** Names handed down when set. Proxy values may carry a password: without it the program has no network at all. */
const HANDED_DOWN: readonly string[] = [
  // programs and places
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "SHELL",
  "TERM",
  "TMPDIR",
  "TZ",
  "LANG",
  "LANGUAGE",
  "XDG_CACHE_HOME",
  "XDG_CONFIG_HOME",
  "XDG_DATA_HOME",
  "XDG_RUNTIME_DIR",
  // a way out
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "ALL_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "all_proxy",
  "no_proxy",
  // certificates: paths, never keys
  "NODE_EXTRA_CA_CERTS",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "REQUESTS_CA_BUNDLE",
  "CURL_CA_BUNDLE",
  // programs on Node start twice as fast when their code was compiled before
  "NODE_COMPILE_CACHE",
];

/** Windows cannot start most programs without these. */
const HANDED_DOWN_ON_WINDOWS: readonly string[] = [
  "APPDATA",
  "COMSPEC",
  "HOMEDRIVE",
  "HOMEPATH",
  "LOCALAPPDATA",
  "NUMBER_OF_PROCESSORS",
  "PATHEXT",
  "PROCESSOR_ARCHITECTURE",
  "PROGRAMDATA",
  "PROGRAMFILES",
  "PROGRAMFILES(X86)",
  "SYSTEMDRIVE",
  "SYSTEMROOT",
  "TEMP",
  "TMP",
  "USERNAME",
  "USERPROFILE",
  "WINDIR",
];

/** The part of `from` that every drone gets. */
export function handedDown(
  from: Readonly<Record<string, string | undefined>>,
  platform: string,
): Record<string, string> {
  const windows = platform === "win32";
  const names = new Set(windows ? [...HANDED_DOWN, ...HANDED_DOWN_ON_WINDOWS] : HANDED_DOWN);
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(from)) {
    // Windows does not tell `Path` from `PATH`; its programs expect one of them, spelled as it was.
    const listed = names.has(windows ? name.toUpperCase() : name) || name.startsWith("LC_");
    if (listed && value !== undefined) environment[name] = value;
  }
  return environment;
}

/** Read by the worker kit: calls under way are aborted with a reason a little before the drone is ended. */
const GRACE_VARIABLE = "FLOTILLA_GRACE_MS";
const SHARE_OF_GRACE = 0.8;

export function kitEnvironment(graceMs: number): Record<string, string> {
  return { [GRACE_VARIABLE]: String(Math.floor(graceMs * SHARE_OF_GRACE)) };
}
