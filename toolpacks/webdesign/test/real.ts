/** Real pages and style sheets, as their packages ship them. */
import { packageFile } from "flotilla/worker/conformance";

const from = import.meta.url;
export const bootstrapCss = packageFile("bootstrap", "dist/css/bootstrap.css", from);
export const normalizeCss = packageFile("normalize.css", "normalize.css", from);
export const boilerplate = packageFile("html5-boilerplate", "dist/index.html", from);
export const grayscale = {
  "index.html": packageFile("startbootstrap-grayscale", "dist/index.html", from),
  "css/styles.css": packageFile("startbootstrap-grayscale", "dist/css/styles.css", from),
  "js/scripts.js": packageFile("startbootstrap-grayscale", "dist/js/scripts.js", from),
};
export const tslibHtml = packageFile("tslib", "tslib.html", from);
