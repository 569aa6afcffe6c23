import { describeToolpack } from "flotilla/worker/conformance";
import { describe, expect, it } from "vitest";
import { createWorker } from "../src/worker.ts";
import { HAS_CHROMIUM, BROWSER_NEEDED, webdesignClient } from "./client.ts";

const NAMES = [
  "accessibility_audit",
  "html_validate",
  "css_analyze",
  "contrast_check",
  "page_weight",
  "responsive_check",
  "seo_review",
  "design_tokens",
];

describe.skipIf(!HAS_CHROMIUM)(`the whole pack ${BROWSER_NEEDED}`, () => {
  describeToolpack(() => createWorker(), {
    tools: NAMES,
    catalog: new URL("../catalog.gen.json", import.meta.url),
  });
});
