/**
 * Ruff's security rules as weaknesses. CWE numbers are from https://cwe.mitre.org; severity says what an attacker gains
 * where the input is theirs, and what to do is one plain step.
 */
export type Level = "low" | "medium" | "high";

export interface Weakness {
  level: Level;
  cwe: number;
  fix: string;
}

export const CWE_TITLES: Readonly<Record<number, string>> = {
  22: "Path traversal",
  78: "OS command injection",
  79: "Cross-site scripting",
  89: "SQL injection",
  94: "Code injection",
  95: "Eval injection",
  155: "Wildcard injection",
  259: "Hard-coded password",
  295: "Improper certificate validation",
  319: "Cleartext transmission",
  326: "Inadequate encryption strength",
  327: "Broken or risky cryptography",
  328: "Weak hash",
  338: "Weak random numbers",
  377: "Insecure temporary file",
  400: "Uncontrolled resource consumption",
  426: "Untrusted search path",
  489: "Active debug code",
  502: "Deserialisation of untrusted data",
  605: "Binds to all interfaces",
  611: "XML external entities",
  617: "Reachable assertion",
  703: "Improper handling of exceptional conditions",
  732: "Incorrect permission assignment",
  757: "Algorithm downgrade",
  918: "Server-side request forgery",
};

const make =
  (cwe: number, level: Level, fix: string) =>
  (...rules: string[]): [string, Weakness][] =>
    rules.map((rule) => [rule, { cwe, level, fix }]);

const TABLE: [string, Weakness][] = [
  ...make(617, "low", "Raise an error instead: python -O removes asserts.")("S101"),
  ...make(95, "medium", "Call a function, or look it up in a table.")("S102"),
  ...make(95, "high", "Use ast.literal_eval for data, a table for names.")("S307"),
  ...make(732, "medium", "Give only the owner access: 0o600 or 0o700.")("S103"),
  ...make(605, "medium", "Bind to 127.0.0.1 unless others must reach it.")("S104"),
  ...make(
    259,
    "medium",
    "Read it from the environment or a secret store, and change it where it was used.",
  )("S105", "S106", "S107"),
  ...make(
    377,
    "medium",
    "Use the tempfile module: TemporaryDirectory, NamedTemporaryFile.",
  )("S108"),
  ...make(377, "high", "Use tempfile.mkstemp or NamedTemporaryFile.")("S306"),
  ...make(703, "low", "Catch the error you expect and log what you skip.")("S110", "S112"),
  ...make(400, "medium", "Pass timeout=SECONDS.")("S113"),
  ...make(489, "high", "Remove debug=True: its console runs any code.")("S201"),
  ...make(22, "high", 'Pass filter="data" (Python 3.12), or check each member.')("S202"),
  ...make(502, "high", "Use JSON, or sign the data and check it before loading.")("S301", "S302"),
  ...make(502, "high", "Use yaml.safe_load.")("S506"),
  ...make(502, "low", "Keep it away from data of others.")("S403"),
  ...make(328, "medium", "Use hashlib.sha256, or a password hash such as scrypt.")("S303", "S324"),
  ...make(327, "high", "Use AES-GCM or ChaCha20-Poly1305.")("S304", "S305"),
  ...make(327, "medium", "Use the cryptography package.")("S413"),
  ...make(79, "medium", "Escape what comes from outside; mark only your own text as safe.")(
    "S308",
    "S704",
    "S702",
  ),
  ...make(79, "high", "Set autoescape=True or select_autoescape().")("S701"),
  ...make(918, "medium", "Check that the URL starts with https: before it is opened.")("S310"),
  ...make(338, "low", "Use the secrets module where it must not be guessed.")("S311"),
  ...make(319, "high", "Use SSH.")("S312", "S401"),
  ...make(319, "high", "Use SFTP or HTTPS.")("S321", "S402"),
  ...make(319, "medium", "Use a protocol that encrypts.")("S415"),
  ...make(611, "medium", "Parse with defusedxml.")(
    "S313",
    "S314",
    "S315",
    "S316",
    "S317",
    "S318",
    "S319",
  ),
  ...make(611, "low", "Parse with defusedxml.")("S405", "S406", "S407", "S408", "S409", "S411"),
  ...make(
    295,
    "high",
    "Leave certificate checks on; add your own authority with cafile.",
  )("S323", "S501"),
  ...make(295, "high", "Load known host keys and reject others.")("S507"),
  ...make(78, "low", "Check that no argument comes from outside unchecked.")(
    "S404",
    "S603",
    "S606",
  ),
  ...make(78, "high", "Pass a list of arguments without shell=True.")("S602", "S604", "S605"),
  ...make(78, "medium", "Quote each argument with shlex.quote.")("S601"),
  ...make(426, "low", "Name the program by its full path.")("S607"),
  ...make(155, "medium", "List the files with glob and pass them after --.")("S609"),
  ...make(918, "medium", "Do not let CGI read the Proxy header.")("S412"),
  ...make(757, "high", "Use ssl.create_default_context(), or TLS 1.2 and later.")(
    "S502",
    "S503",
    "S504",
  ),
  ...make(326, "medium", "Use at least 2048 bits for RSA and DSA, 224 for curves.")("S505"),
  ...make(319, "medium", "Use SNMPv3 with privacy (authPriv).")("S508", "S509"),
  ...make(89, "high", "Pass values as parameters: execute(sql, (value,)).")("S608"),
  ...make(89, "medium", "Use the query API, or pass values as params.")("S610", "S611"),
  ...make(94, "medium", "Do not listen, or verify what comes with verify=.")("S612"),
];

export const WEAKNESSES: ReadonlyMap<string, Weakness> = new Map(TABLE);
