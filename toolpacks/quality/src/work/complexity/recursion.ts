/** Functions that call each other in a circle. */
import { components } from "flotilla/worker/draw";

export interface Caller {
  /** Its bare name; "" when it has none. */
  key: string;
  /** The type it belongs to. */
  owner: string | undefined;
  /** Bare names it calls, of functions or of its own object's methods. */
  calls: ReadonlySet<string>;
}

/** Those on a circle of calls, direct or not. */
export function recursiveOf<One extends Caller>(functions: readonly One[]): One[] {
  const byName = Map.groupBy(functions, ({ key }) => key);
  const ids = new Map(functions.map((one, index) => [one, String(index)]));
  const calledBy = ({ calls, owner }: One): string[] =>
    [...calls].flatMap((name) => {
      const known = byName.get(name) ?? [];
      const near = known.filter((other) => other.owner === owner);
      const meant = near.length > 0 ? near : known.filter((other) => other.owner === undefined);
      return meant.flatMap((other) => ids.get(other) ?? []);
    });
  const edges = new Map(functions.map((one, index) => [String(index), calledBy(one)]));
  return components([...edges.keys()], (id) => edges.get(id) ?? [])
    .filter(
      ([first = "", second]) => second !== undefined || edges.get(first)?.includes(first) === true,
    )
    .flat()
    .flatMap((id) => functions[Number(id)] ?? []);
}
