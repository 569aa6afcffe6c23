/** The JSON-RPC text of a request on a channel, with this hop's id and progress token. */
import { encodeRawRequest, encodeRequest } from "../../protocol/jsonrpc.ts";
import type { ChannelRequest } from "./contract.ts";
import { withProgressToken } from "./progress-token.ts";

export function requestText(id: number, request: ChannelRequest): string {
  const { method, rawArguments: raw } = request;
  const params = request.progress === true ? withProgressToken(request.params, id) : request.params;
  return raw === undefined
    ? encodeRequest(id, method, params)
    : encodeRawRequest(id, { method, params, raw });
}
