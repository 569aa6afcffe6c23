/** Where a notification that came on a request's own stream belongs: to the caller, or to everyone. */
import type { Notify, UpstreamCall } from "./contract.ts";
import { wantsLog } from "./log-fan.ts";

export function hearingOf(call: UpstreamCall, onChange: Notify): Notify {
  return (method, params) => {
    if (method === "notifications/progress") {
      // The token is this hop's; the caller's own is put back where the caller is known.
      const { progressToken: _token, ...rest } = params;
      call.notify(method, rest);
    } else if (method === "notifications/message") {
      if (wantsLog(call.logLevel, params["level"])) call.notify(method, params);
    } else {
      onChange(method, params);
    }
  };
}
