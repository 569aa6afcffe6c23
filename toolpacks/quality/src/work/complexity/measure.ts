/**
 * Measures the functions of one tree. Cyclomatic complexity counts as ESLint does for JavaScript and as McCabe does
 * elsewhere; a function inside another counts for itself alone. Cognitive complexity follows SonarSource's white paper
 * (version 1.7): a function inside another also counts for the outer one, one level deeper.
 */
import type { Node, Tree, TreeCursor } from "web-tree-sitter";
import type { Meaning } from "./grammars.ts";
import { nameOf, ownName, ownerName } from "./names.ts";
import { parametersOf } from "./parameters.ts";
import { recursiveOf } from "./recursion.ts";

export interface FunctionMetrics {
  name: string;
  line: number;
  column: number;
  endLine: number;
  cyclomatic: number;
  cognitive: number;
  /** Deepest nesting of structures. */
  nesting: number;
  lines: number;
  parameters: number;
  /** It has syntax errors, or the grammar does not know what it uses: the numbers may be far off. */
  partial: boolean;
}

interface OpenFunction {
  metrics: FunctionMetrics;
  /** The nesting level at which it stands. */
  level: number;
  /** Cognitive complexity of its own lines. */
  own: number;
  /** The same of functions inside, one level deeper. */
  inner: number;
  hasStructure: boolean;
  /** As calls may name it: bare, and with the type it belongs to. */
  key: string;
  owner: string | undefined;
  calls: Set<string>;
}

interface Frame {
  type: string;
  /** Nesting level inside it. */
  level: number;
  opened: OpenFunction | undefined;
  /** Set while inside a chain of logical operators. */
  chain: { last: string | undefined } | undefined;
  /** An `if` that continues an `else`. */
  isElseIf: boolean;
}

/** Functions around the current place that are told of it. */
const MAX_OPEN = 30;
const BODY_FIELDS = new Set(["consequence", "alternative", "body"]);
const BODY_TYPES =
  /^(?:block|expression_case|type_case|communication_case|default_case|compound_statement|switch_block|switch_body)$/;
const MAX_CALLS = 2_000;
const CALLS = /^(?:call_expression|call|method_invocation)$/;

export function measureTree(tree: Tree, meaning: Meaning): FunctionMetrics[] {
  const walk = createWalk(meaning);
  walkTree(tree, walk);
  for (const { metrics } of recursiveOf(walk.done)) metrics.cognitive += 1;
  return walk.done.map(({ metrics }) => metrics);
}

function walkTree(tree: Tree, walk: Walk): void {
  const cursor = tree.walk();
  try {
    for (;;) {
      walk.enter(cursor);
      if (cursor.gotoFirstChild()) continue;
      walk.leave();
      while (!cursor.gotoNextSibling()) {
        if (!cursor.gotoParent()) return;
        walk.leave();
      }
    }
  } finally {
    cursor.delete();
  }
}

interface Walk {
  done: readonly OpenFunction[];
  enter(cursor: TreeCursor): void;
  leave(): void;
}

function createWalk(meaning: Meaning): Walk {
  const frames: Frame[] = [];
  const open: OpenFunction[] = [];
  const done: OpenFunction[] = [];
  return {
    done,
    enter(cursor) {
      const parent = frames.at(-1);
      const frame = frameFor(cursor, parent, meaning);
      if (meaning.functions.has(frame.type)) {
        frame.opened = openFunction(cursor.currentNode, frame.level, meaning);
        open.push(frame.opened);
        if (!isDecorator(cursor.currentNode)) frame.level += 1;
      } else if (open.length > 0) {
        count({ cursor, frame, parent, meaning, open });
      }
      frames.push(frame);
    },
    leave() {
      const frame = frames.pop();
      if (frame?.opened === undefined) return;
      open.pop();
      closed(frame.opened, meaning);
      done.push(frame.opened);
    },
  };
}

function frameFor(cursor: TreeCursor, parent: Frame | undefined, meaning: Meaning): Frame {
  const type = cursor.nodeType;
  const frame: Frame = {
    type,
    level: parent?.level ?? 0,
    opened: undefined,
    chain: undefined,
    isElseIf: false,
  };
  if (parent === undefined) return frame;
  const field = cursor.currentFieldName;
  const isIf = meaning.ifs.has(type);
  frame.isElseIf =
    isIf &&
    (meaning.elses.has(parent.type) || (field === "alternative" && meaning.ifs.has(parent.type)));
  if (isDeeper({ type, field, parent, meaning }) && !frame.isElseIf) frame.level += 1;
  if (type === "parenthesized_expression") frame.chain = parent.chain;
  if (meaning.logical.has(type) && isLogical(cursor, meaning))
    frame.chain = parent.chain ?? { last: undefined };
  return frame;
}

interface Step {
  type: string;
  field: string | null;
  parent: Frame;
  meaning: Meaning;
}

/** Bodies are one level deeper; conditions, and the `else` of an `if`, are not. */
function isDeeper({ type, field, parent, meaning }: Step): boolean {
  if (meaning.elses.has(type)) return false;
  const isBody = (field !== null && BODY_FIELDS.has(field)) || BODY_TYPES.test(type);
  if (meaning.elses.has(parent.type)) return isBody || parent.type === "else_clause";
  if (!meaning.structures.has(parent.type)) return false;
  // Python's conditional expression names none of its parts.
  return isBody || (parent.type === "conditional_expression" && field === null);
}

function isLogical(cursor: TreeCursor, { operators }: Meaning): boolean {
  if (cursor.nodeType !== "binary_expression") return true;
  return operators.has(cursor.currentNode.childForFieldName("operator")?.type ?? "");
}

interface Visit {
  cursor: TreeCursor;
  frame: Frame;
  parent: Frame | undefined;
  meaning: Meaning;
  open: OpenFunction[];
}

function count(visit: Visit): void {
  const { cursor, frame, parent, meaning, open } = visit;
  const current = open.at(-1);
  if (current === undefined || parent === undefined) return;
  const { type } = frame;
  if (meaning.decisions.has(type) && isDecision(cursor, type)) current.metrics.cyclomatic += 1;
  if (meaning.words[type] === parent.type && !isWildcard(cursor, type))
    current.metrics.cyclomatic += 1;
  countElse(visit, current);
  if (meaning.structures.has(type) && !frame.isElseIf) {
    current.hasStructure = true;
    add(open, 1, frame.level);
    const depth = frame.level - current.level;
    current.metrics.nesting = Math.max(current.metrics.nesting, depth);
  }
  if (
    parent.chain !== undefined &&
    meaning.logical.has(parent.type) &&
    meaning.operators.has(type)
  ) {
    current.metrics.cyclomatic += 1;
    // `??` only shortens what would be an `if`, as the white paper has it for null-coalescing.
    if (type !== "??" && parent.chain.last !== type) add(open, 1, undefined);
    parent.chain.last = type;
  }
  if (
    type === "goto_statement" ||
    (meaning.jumps.has(parent.type) && meaning.labels.has(type) && parent.type !== "goto_statement")
  )
    add(open, 1, undefined);
  if (CALLS.test(type)) noteCall(cursor.currentNode, current);
}

function countElse({ cursor, frame, parent, meaning, open }: Visit, current: OpenFunction): void {
  if (parent === undefined) return;
  const isElseNode = meaning.elses.has(frame.type) && parent.type !== "try_statement";
  const isAlternative =
    meaning.elses.size === 0 &&
    meaning.ifs.has(parent.type) &&
    cursor.currentFieldName === "alternative";
  if (!isElseNode && !isAlternative) return;
  current.hasStructure = true;
  add(open, 1, undefined);
}

/** Flat with no level; else one more for each level of nesting since the start of each function around. */
function add(open: readonly OpenFunction[], base: number, level: number | undefined): void {
  const last = open.length - 1;
  for (let index = last; index >= 0 && index > last - MAX_OPEN; index -= 1) {
    const one = open[index];
    if (one === undefined) return;
    const depth = level === undefined ? 0 : level - one.level - 1;
    if (index === last) one.own += base + depth;
    else one.inner += base + depth;
  }
}

function isDecision(cursor: TreeCursor, type: string): boolean {
  if (type !== "match_arm") return true;
  const pattern = cursor.currentNode.childForFieldName("pattern");
  return pattern?.text.trim() !== "_";
}

/** `case _:` is Python's default. */
function isWildcard(cursor: TreeCursor, type: string): boolean {
  if (type !== "case") return false;
  const next = cursor.currentNode.nextSibling;
  return next?.type === "case_pattern" && next.text === "_";
}

/** Calls of bare names, and of the own object's methods: those can lead back to their caller in this file. */
function noteCall(node: Node, current: OpenFunction): void {
  if (current.calls.size >= MAX_CALLS) return;
  const called = node.childForFieldName("function") ?? node.childForFieldName("name");
  if (called === null || called.endIndex - called.startIndex > 120) return;
  const name = /^(?:(?:this|self|Self|super|cls)(?:\.|->|::))?(\w+)$/.exec(called.text)?.[1];
  if (name !== undefined) current.calls.add(name);
}

/** Python: nothing but functions and a `return`. What they hold is not deeper for it. */
function isDecorator(node: Node): boolean {
  if (node.type !== "function_definition") return false;
  const parts = node.childForFieldName("body")?.namedChildren ?? [];
  const inner = parts.filter(({ type }) =>
    /^(?:function_definition|decorated_definition)$/.test(type),
  );
  const last = parts.at(-1)?.type === "return_statement";
  return inner.length > 0 && last && parts.every((one) => inner.includes(one) || isQuiet(one));
}

function isQuiet({ type, firstNamedChild }: Node): boolean {
  const isText = type === "expression_statement" && firstNamedChild?.type === "string";
  return isText || type === "return_statement" || type === "comment";
}

function openFunction(node: Node, level: number, meaning: Meaning): OpenFunction {
  const { startPosition: from, endPosition: to } = node;
  return {
    metrics: {
      name: nameOf(node, meaning),
      line: from.row + 1,
      column: from.column + 1,
      endLine: to.row + 1,
      cyclomatic: 1,
      cognitive: 0,
      nesting: 0,
      lines: to.row - from.row + 1,
      parameters: parametersOf(node, meaning),
      partial: node.hasError,
    },
    level,
    own: 0,
    inner: 0,
    hasStructure: false,
    key: ownName(node) ?? "",
    owner: ownerName(node, meaning),
    calls: new Set(),
  };
}

function closed(one: OpenFunction, meaning: Meaning): void {
  const isWrapper = meaning.forgivesWrappers && !one.hasStructure;
  one.metrics.cognitive = one.own + (isWrapper ? 0 : one.inner);
}
