/** What the nodes of each grammar mean for complexity. */
import type { Language } from "../syntax/languages.ts";

export interface Meaning {
  functions: ReadonlySet<string>;
  /** Types whose name qualifies the functions inside. */
  containers: ReadonlySet<string>;
  /** Breaks the flow, and more so the deeper it is nested: if, loops, switch, catch, the conditional operator. */
  structures: ReadonlySet<string>;
  /** Those of them that can have an `else if`. */
  ifs: ReadonlySet<string>;
  /** Nodes that stand for `else` or `elif`. Go and Java have none: there it is the field `alternative`. */
  elses: ReadonlySet<string>;
  /** Nodes that add one way through a function. */
  decisions: ReadonlySet<string>;
  /** Words that add one, by the node they stand in. */
  words: Readonly<Record<string, string>>;
  /** Nodes whose operators may be logical. */
  logical: ReadonlySet<string>;
  operators: ReadonlySet<string>;
  /** Jumps that count when they name a label. */
  jumps: ReadonlySet<string>;
  labels: ReadonlySet<string>;
  parameters: ReadonlySet<string>;
  /** A function that only declares others, as a module or class of JavaScript's does, has none of their complexity. */
  forgivesWrappers: boolean;
}

const set = (...words: string[]): ReadonlySet<string> => new Set(words);

const LOOPS_C = ["for_statement", "while_statement", "do_statement"];

const javascript: Meaning = {
  functions: set(
    "function_declaration",
    "function_expression",
    "generator_function",
    "generator_function_declaration",
    "arrow_function",
    "method_definition",
  ),
  containers: set("class_declaration", "class", "abstract_class_declaration"),
  structures: set(
    "if_statement",
    "ternary_expression",
    "switch_statement",
    "for_in_statement",
    ...LOOPS_C,
    "catch_clause",
  ),
  ifs: set("if_statement"),
  elses: set("else_clause"),
  decisions: set(
    "if_statement",
    "ternary_expression",
    "for_in_statement",
    "catch_clause",
    ...LOOPS_C,
    "optional_chain",
    "assignment_pattern",
    "object_assignment_pattern",
  ),
  words: {
    case: "switch_case",
    "&&=": "augmented_assignment_expression",
    "||=": "augmented_assignment_expression",
    "??=": "augmented_assignment_expression",
    "=": "required_parameter",
  },
  logical: set("binary_expression"),
  operators: set("&&", "||", "??"),
  jumps: set("break_statement", "continue_statement"),
  labels: set("statement_identifier"),
  parameters: set("formal_parameters"),
  forgivesWrappers: true,
};

const python: Meaning = {
  functions: set("function_definition", "lambda"),
  containers: set("class_definition"),
  structures: set(
    "if_statement",
    "conditional_expression",
    "for_statement",
    "while_statement",
    "except_clause",
    "except_group_clause",
    "match_statement",
  ),
  ifs: set("if_statement"),
  elses: set("elif_clause", "else_clause"),
  decisions: set(
    "if_statement",
    "elif_clause",
    "conditional_expression",
    "for_statement",
    "while_statement",
    "except_clause",
    "except_group_clause",
    "for_in_clause",
    "if_clause",
  ),
  words: { case: "case_clause" },
  logical: set("boolean_operator"),
  operators: set("and", "or"),
  jumps: set(),
  labels: set(),
  parameters: set("parameters", "lambda_parameters"),
  forgivesWrappers: false,
};

const go: Meaning = {
  functions: set("function_declaration", "method_declaration", "func_literal"),
  containers: set(),
  structures: set(
    "if_statement",
    "for_statement",
    "expression_switch_statement",
    "type_switch_statement",
    "select_statement",
  ),
  ifs: set("if_statement"),
  elses: set(),
  decisions: set(
    "if_statement",
    "for_statement",
    "expression_case",
    "type_case",
    "communication_case",
  ),
  words: {},
  logical: set("binary_expression"),
  operators: set("&&", "||"),
  jumps: set("break_statement", "continue_statement", "goto_statement"),
  labels: set("label_name"),
  parameters: set("parameter_list"),
  forgivesWrappers: false,
};

const java: Meaning = {
  functions: set(
    "method_declaration",
    "constructor_declaration",
    "compact_constructor_declaration",
    "lambda_expression",
  ),
  containers: set(
    "class_declaration",
    "interface_declaration",
    "enum_declaration",
    "record_declaration",
  ),
  structures: set(
    "if_statement",
    "ternary_expression",
    "switch_expression",
    "enhanced_for_statement",
    ...LOOPS_C,
    "catch_clause",
  ),
  ifs: set("if_statement"),
  elses: set(),
  decisions: set(
    "if_statement",
    "ternary_expression",
    "enhanced_for_statement",
    "catch_clause",
    ...LOOPS_C,
  ),
  words: { case: "switch_label" },
  logical: set("binary_expression"),
  operators: set("&&", "||"),
  jumps: set("break_statement", "continue_statement"),
  labels: set("identifier"),
  parameters: set("formal_parameters", "inferred_parameters"),
  forgivesWrappers: false,
};

const rust: Meaning = {
  functions: set("function_item", "closure_expression"),
  containers: set("impl_item", "trait_item"),
  structures: set(
    "if_expression",
    "match_expression",
    "for_expression",
    "while_expression",
    "loop_expression",
  ),
  ifs: set("if_expression"),
  elses: set("else_clause"),
  decisions: set(
    "if_expression",
    "for_expression",
    "while_expression",
    "match_arm",
    "try_expression",
  ),
  words: {},
  logical: set("binary_expression", "let_chain"),
  operators: set("&&", "||"),
  jumps: set("break_expression", "continue_expression"),
  labels: set("label"),
  parameters: set("parameters", "closure_parameters"),
  forgivesWrappers: false,
};

const cpp: Meaning = {
  functions: set("function_definition", "lambda_expression"),
  containers: set("class_specifier", "struct_specifier"),
  structures: set(
    "if_statement",
    "conditional_expression",
    "switch_statement",
    "for_range_loop",
    ...LOOPS_C,
    "catch_clause",
  ),
  ifs: set("if_statement"),
  elses: set("else_clause"),
  decisions: set(
    "if_statement",
    "conditional_expression",
    "for_range_loop",
    "catch_clause",
    ...LOOPS_C,
  ),
  words: { case: "case_statement" },
  logical: set("binary_expression"),
  operators: set("&&", "||", "and", "or"),
  jumps: set("goto_statement"),
  labels: set("statement_identifier"),
  parameters: set("parameter_list"),
  forgivesWrappers: false,
};

export const MEANINGS: Readonly<Record<Language, Meaning>> = {
  javascript,
  typescript: javascript,
  tsx: javascript,
  python,
  go,
  java,
  rust,
  cpp,
};
