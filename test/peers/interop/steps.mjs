/** Runs the steps of an interop plan with a client of either TypeScript SDK. */

const STEP_MS = 8_000;
const CANCEL_MS = 700;
const SETTLE_MS = 300;

const within = (work, ms) => {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing within ${ms} ms`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
};
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** `seen` collects what handlers heard; `call` and `subscribe` hide where the two SDKs differ. */
export async function runSteps(plan, order, { client, seen, call, subscribe, logging }) {
  const kinds = {
    async list() {
      const names = [];
      let cursor;
      do {
        const page = await client.listTools(cursor === undefined ? {} : { cursor });
        names.push(...page.tools.map(({ name }) => name));
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      return names;
    },
    call: (step) => call(step, {}),
    async progress(step) {
      let heard = 0;
      await call(step, { onprogress: () => (heard += 1) });
      return heard;
    },
    async cancel(step) {
      const stop = new AbortController();
      const begun = performance.now();
      setTimeout(() => stop.abort("enough"), CANCEL_MS);
      let cancelled = false;
      await call(step, { signal: stop.signal }).catch(() => (cancelled = true));
      return { cancelled, ms: Math.round(performance.now() - begun) };
    },
    read: (step) => client.readResource({ uri: step.uri }),
    async subscribe(step) {
      await subscribe(step.uri);
      await pause(SETTLE_MS);
      await call(step.trigger, {});
      while (!seen.updates.some((uri) => uri.endsWith(step.uri))) await pause(20);
      return step.uri;
    },
    async log(step) {
      await logging();
      await call(step, {}, "debug");
      while (seen.logs.length === 0) await pause(20);
      return true;
    },
  };
  const steps = {};
  for (const name of order) {
    try {
      steps[name] = { ok: await within(kinds[plan[name].kind](plan[name]), STEP_MS) };
    } catch (error) {
      steps[name] = { error: error.message };
    }
  }
  return steps;
}

export const ELICITED = { action: "accept", content: { name: "Ada" } };
export const SAMPLED = {
  role: "assistant",
  model: "compass",
  content: { type: "text", text: "due north" },
};
