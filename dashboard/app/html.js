/** Markup as tagged templates: no build step between this text and the browser. */
import htm from "htm";
import { h } from "preact";

/** The package's types describe it as a namespace; what is imported is the function. @type {any} */
const tag = htm;

/** @type {(strings: TemplateStringsArray, ...values: unknown[]) => any} */
export const html = tag.bind(h);
