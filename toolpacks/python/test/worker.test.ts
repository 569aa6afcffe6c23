import { describeToolpack } from "flotilla/worker/conformance";
import { createWorker } from "../src/worker.ts";

describeToolpack(createWorker, {
  tools: [
    "python_lint",
    "python_format",
    "python_type_check",
    "python_complexity",
    "python_dependency_review",
    "python_import_graph",
    "python_security_scan",
    "python_upgrade_plan",
    "python_profile_analyze",
  ],
  catalog: new URL("../catalog.gen.json", import.meta.url),
});
