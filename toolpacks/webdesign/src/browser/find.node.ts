/** The machine's own Chromium: none is ever downloaded. */
import { existsSync } from "node:fs";

const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/** The path of a Chromium, or undefined. FLOTILLA_CHROMIUM names one, and then no other is looked for. */
export function findChromium(): string | undefined {
  const named = process.env["FLOTILLA_CHROMIUM"] ?? "";
  return (named === "" ? PLACES : [named]).find((place) => existsSync(place));
}
