/**
 * The coordinator's public API, as the browser calls it.
 * @import { ApiErrorBody, FleetStatus, WakeAnswer } from "../../src/protocol/api.ts"
 */

const PREFIX = "/api/v1";

/** What the API or the wire said no with; `hint` tells what to do next. */
export class Refusal extends Error {
  /** @param {string} message @param {{ code?: string | undefined, hint?: string | undefined, retryAfterMs?: number | undefined }} [facts] */
  constructor(message, facts = {}) {
    super(message);
    this.name = "Refusal";
    this.code = facts.code;
    this.hint = facts.hint;
    this.retryAfterMs = facts.retryAfterMs;
  }
}

/** @param {typeof globalThis.fetch} fetch */
export function createApi(fetch) {
  /** @param {string} path @param {RequestInit} [init] @returns {Promise<any>} */
  const ask = async (path, init) => {
    const response = await fetch(`${PREFIX}${path}`, { ...init, cache: "no-store" });
    const text = await response.text();
    if (response.ok) return text === "" ? undefined : JSON.parse(text);
    throw refusalOf(response.status, text);
  };
  /** @param {string} path */
  const post = (path) =>
    ask(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ by: "dashboard" }),
    });
  return {
    /** @returns {Promise<FleetStatus>} */
    fleet: () => ask("/fleet"),
    /** @param {string} worker @returns {Promise<WakeAnswer>} */
    wake: (worker) => post(`/workers/${encodeURIComponent(worker)}/wake`),
    /** @param {string} worker @returns {Promise<{ retired: string[] }>} */
    retire: (worker) => post(`/workers/${encodeURIComponent(worker)}/retire`),
  };
}

/** @typedef {ReturnType<typeof createApi>} Api */

/** @param {number} status @param {string} text */
function refusalOf(status, text) {
  try {
    /** @type {ApiErrorBody} */
    const { error } = JSON.parse(text);
    return new Refusal(error.message, error);
  } catch {
    return new Refusal(`The server answered with status ${status}.`);
  }
}
