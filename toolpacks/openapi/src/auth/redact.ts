/** What was configured as a secret, or got as one, is not shown, wherever it comes back from. */
export interface Redactor {
  add(secret: string): void;
  clean(text: string): string;
}

/** Shorter ones would hide ordinary words. */
const MIN_LENGTH = 6;
const MAX_SECRETS = 200;

export function createRedactor(secrets: readonly string[]): Redactor {
  const known = new Set(secrets.filter((secret) => secret.length >= MIN_LENGTH));
  return {
    add(secret) {
      if (secret.length < MIN_LENGTH) return;
      const [oldest] = known;
      if (known.size >= MAX_SECRETS && oldest !== undefined) known.delete(oldest);
      known.add(secret);
    },
    clean(text) {
      let clean = text;
      for (const secret of known) clean = clean.replaceAll(secret, "•••");
      return clean;
    },
  };
}
