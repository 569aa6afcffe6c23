/** The smallest whole heap: root → (globals) → Cache → an array; a string that both of the last two hold. */
export const EXAMPLE = {
  snapshot: {
    meta: {
      node_fields: ["type", "name", "id", "self_size", "edge_count", "detachedness"],
      node_types: [
        [
          "hidden",
          "array",
          "string",
          "object",
          "code",
          "closure",
          "regexp",
          "number",
          "native",
          "synthetic",
        ],
        "string",
      ],
      edge_fields: ["type", "name_or_index", "to_node"],
      edge_types: [
        ["context", "element", "property", "internal", "hidden", "shortcut", "weak"],
        "string_or_number",
        "node",
      ],
    },
    node_count: 5,
    edge_count: 5,
  },
  nodes: [
    [9, 0, 1, 0, 1, 0],
    [3, 1, 3, 100, 1, 0],
    [3, 2, 5, 40, 2, 0],
    [1, 3, 7, 800, 1, 0],
    [2, 4, 9, 60, 0, 0],
  ].flat(),
  edges: [
    [5, 1, 6],
    [2, 5, 12],
    [2, 6, 18],
    [2, 7, 24],
    [1, 0, 24],
  ].flat(),
  strings: ["", "globalThis", "Cache", "", "a text", "cache", "entries", "label"],
};
