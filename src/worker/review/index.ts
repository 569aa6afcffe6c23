/** What reviewing tools share: findings, schema pieces, jobs, and how problems with the input are told. */
export { isTooDeep } from "./depth.ts";
export { MAX_FINDINGS, reportOf, summaryOf } from "./finding.ts";
export type {
  Finding,
  FindingReport,
  Location,
  PatchStep,
  ReportOptions,
  Severity,
} from "./finding.ts";
export { InputProblem, problemText } from "./input-problem.ts";
export type { ProblemFacts, ProblemPlace } from "./input-problem.ts";
export { answered, createJobs, createThreadJobs } from "./jobs.ts";
export type { JobOptions, JobTable, Jobs } from "./jobs.ts";
export {
  ASKS_OUTSIDE,
  PURE,
  answerObject,
  findingSchema,
  ignoreProperty,
  plainObject,
  reportProperties,
  reportRequired,
} from "./schemas.ts";
