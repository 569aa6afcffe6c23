/** Well-known shapes of secrets. A match is named by its kind; the secret itself is never repeated. */
interface Kind {
  kind: string;
  shape: RegExp;
}

const KINDS: readonly Kind[] = [
  { kind: "a private key", shape: /-----BEGIN (?:[A-Z]+ ){0,2}PRIVATE KEY(?: BLOCK)?-----/ },
  { kind: "an AWS access key", shape: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/ },
  {
    kind: "a GitHub token",
    shape: /\b(?:gh[pousr]_[0-9A-Za-z]{36}|github_pat_[0-9A-Za-z_]{60,90})\b/,
  },
  { kind: "a GitLab token", shape: /\bglpat-[0-9A-Za-z_-]{20}\b/ },
  { kind: "an npm token", shape: /\bnpm_[0-9A-Za-z]{36}\b/ },
  { kind: "a Slack token", shape: /\bxox[abprs]-[0-9A-Za-z-]{10,80}\b/ },
  { kind: "a Google API key", shape: /\bAIza[0-9A-Za-z_-]{35}\b/ },
  { kind: "a Stripe key", shape: /\b[rs]k_live_[0-9A-Za-z]{20,100}\b/ },
  { kind: "a registry login", shape: /"auths"\s*:\s*\{[^{}]{0,200}\{[^{}]{0,200}"auth"\s*:/ },
  {
    kind: "an address with a password",
    shape: /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@$]{1,64}:[^\s/:@$]{1,128}@[\w.-]+/i,
  },
  {
    kind: "a JSON Web Token",
    shape: /\beyJ[0-9A-Za-z_-]{10,2000}\.eyJ[0-9A-Za-z_-]{10,4000}\.[0-9A-Za-z_-]{20,1000}/,
  },
];

/** The kind of secret in a text, if any. Linear in its length. */
export function secretIn(text: string): string | undefined {
  return KINDS.find(({ shape }) => shape.test(text))?.kind;
}

const NAME =
  /(^|_)(PASSWORD|PASSWD|PASS|PWD|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|CREDENTIALS?|AUTH_?TOKEN|CLIENT_?SECRET|ENCRYPTION_?KEY|SIGNING_?KEY)$/i;
/** Such a variable holds a place or a switch, not the secret. */
const HARMLESS =
  /(FILE|PATH|DIR|URL|NAME|ID|TTL|EXPIRY|LENGTH|ENABLED|ALLOW_EMPTY.*|MIN.*|MAX.*|RANDOM.*)$/i;

/** True when a variable of this name holds a secret. */
export function secretName(name: string): boolean {
  const snake = name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").replace(/[-.]/g, "_");
  return NAME.test(snake) && !HARMLESS.test(snake) && !/ALLOW_EMPTY|RANDOM_ROOT/i.test(snake);
}
