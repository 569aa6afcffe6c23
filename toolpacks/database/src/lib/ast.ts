/** Reading and walking parse trees, whose shape is the parser's business: every access is checked, none is trusted. */

export type Node = Record<string, unknown>;

export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function child(node: unknown, key: string): Node | undefined {
  const value = isNode(node) ? node[key] : undefined;
  return isNode(value) ? value : undefined;
}

export function children(node: unknown, key: string): Node[] {
  const value = isNode(node) ? node[key] : undefined;
  return Array.isArray(value) ? value.filter(isNode) : [];
}

export function text(node: unknown, key: string): string | undefined {
  const value = isNode(node) ? node[key] : undefined;
  return typeof value === "string" ? value : undefined;
}

export function number(node: unknown, key: string): number | undefined {
  const value = isNode(node) ? node[key] : undefined;
  return typeof value === "number" ? value : undefined;
}

/** libpg-query wraps each node: `{ SelectStmt: { … } }`. The inside, if it is that kind. */
export function as(node: unknown, type: string): Node | undefined {
  return child(node, type);
}

/** The insides of those that are of that kind. */
export function allAs(nodes: readonly (Node | undefined)[], type: string): Node[] {
  return nodes.map((one) => as(one, type)).filter((one) => one !== undefined);
}

/** The only key of a wrapped node. */
export function typeOf(node: unknown): string {
  return isNode(node) ? (Object.keys(node)[0] ?? "") : "";
}

/** `String` nodes of a list, as in names: `["public", "users"]`. */
export function strings(list: readonly Node[]): string[] {
  return list.flatMap((item) => text(as(item, "String"), "sval") ?? []);
}

export interface Visit {
  /** The key under which the node stands: a node type for wrapped nodes, a field name for others. */
  key: string;
  node: Node;
}

/** Every object below (and including) a node, parents first. Not recursive: the input decides the depth. */
export function* walk(root: unknown, rootKey = ""): Generator<Visit> {
  const stack: [string, unknown][] = [[rootKey, root]];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const [key, value] = top;
    if (Array.isArray(value)) {
      for (let at = value.length - 1; at >= 0; at -= 1) stack.push([key, value[at]]);
    } else if (isNode(value)) {
      yield { key, node: value };
      const entries = Object.entries(value);
      for (let at = entries.length - 1; at >= 0; at -= 1) {
        const entry = entries[at];
        if (entry !== undefined && typeof entry[1] === "object") stack.push(entry);
      }
    }
  }
}

/** All nodes of one type below a node. */
export function find(root: unknown, type: string): Node[] {
  const found: Node[] = [];
  for (const { key, node } of walk(root)) if (key === type) found.push(node);
  return found;
}
