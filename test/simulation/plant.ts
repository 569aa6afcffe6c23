/** Plants a bug: changes one line of the real code while Node loads it. Nothing on disk is touched. */
import { registerHooks } from "node:module";
import { MUTATIONS } from "./mutations.ts";

export function plant(name: string): void {
  const mutation = MUTATIONS[name];
  if (mutation === undefined) {
    throw new Error(`There is no bug "${name}". There are: ${Object.keys(MUTATIONS).join(", ")}.`);
  }
  const { file, find, put } = mutation;
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!url.endsWith(`/src/${file}`)) return loaded;
      if (
        typeof loaded.source === "string" ||
        loaded.source === undefined ||
        loaded.source === null
      ) {
        throw new Error(`${file} did not come as bytes.`);
      }
      const source = new TextDecoder().decode(loaded.source);
      if (!source.includes(find)) throw new Error(`${file} has changed: "${find}" is not in it.`);
      return { ...loaded, source: source.replace(find, () => put) };
    },
  });
}
