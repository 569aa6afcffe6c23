import { describeToolpack } from "flotilla/worker/conformance";
import { createWorker } from "../src/worker.ts";

describeToolpack(createWorker, {
  tools: [
    "code_lint",
    "code_format",
    "code_complexity",
    "code_duplicates",
    "code_dead",
    "code_review_diff",
    "code_secrets",
    "code_refactor",
    "type_coverage",
    "test_gaps",
    "test_skeletons",
    "test_report_analyze",
    "api_surface_diff",
    "commit_review",
    "license_compliance",
  ],
  catalog: new URL("../catalog.gen.json", import.meta.url),
});
