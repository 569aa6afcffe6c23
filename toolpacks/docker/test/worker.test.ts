import { describeToolpack } from "flotilla/worker/conformance";
import { createWorker } from "../src/worker.ts";

describeToolpack(createWorker, {
  tools: [
    "dockerfile_lint",
    "dockerfile_optimize",
    "dockerfile_generate",
    "compose_validate",
    "compose_to_kubernetes",
    "kubernetes_validate",
    "kubernetes_generate",
    "image_analyze",
    "container_security_scan",
  ],
  catalog: new URL("../catalog.gen.json", import.meta.url),
});
