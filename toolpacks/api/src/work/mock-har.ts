/** HTTP Archive 1.2 entries as exchanges. */
import { InputProblem } from "flotilla/worker/review";
import { dict, isDict, list, number, text } from "../lib/values.ts";
import type { Exchange } from "./mock-traffic.ts";

export function harExchanges(har: Record<string, unknown>): Exchange[] {
  const { entries } = dict(har["log"]);
  if (!Array.isArray(entries))
    throw new InputProblem("har: expected log.entries, as browsers save it.");
  return entries.map((entry, index) => exchangeOf(dict(entry), index));
}

function exchangeOf(entry: Record<string, unknown>, index: number): Exchange {
  const request = dict(entry["request"]);
  const response = dict(entry["response"]);
  const method = text(request["method"]);
  const url = text(request["url"]);
  if (method === undefined || url === undefined)
    throw new InputProblem(`har: entry ${index} has no request.method or request.url.`);
  const sent = text(dict(request["postData"])["text"]);
  const status = number(response["status"]);
  const { text: got, encoding } = dict(response["content"]);
  const body =
    typeof got !== "string" || got === ""
      ? undefined
      : encoding === "base64"
        ? Buffer.from(got, "base64").toString("utf8")
        : got;
  const sentType = text(dict(request["postData"])["mimeType"]);
  return {
    name: `har[${index}]`,
    request: {
      method,
      url,
      headers: {
        ...(sentType === undefined ? {} : { "content-type": sentType }),
        ...headersOf(request),
      },
      ...(sent === undefined ? {} : { body: sent }),
    },
    // Status 0: the browser got no answer.
    ...(status === undefined || status === 0
      ? {}
      : {
          response: {
            status,
            headers: headersOf(response),
            ...(body === undefined ? {} : { body }),
          },
        }),
  };
}

function headersOf(of: Record<string, unknown>): Record<string, string> {
  const pairs = list(of["headers"])
    .filter(isDict)
    .map(({ name, value }) => [String(name), String(value)]);
  return Object.fromEntries(pairs) satisfies Record<string, string>;
}
