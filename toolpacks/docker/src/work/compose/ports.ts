/** Published ports, from the short and the long form. */
import { dict, list, scalar, text } from "../values.ts";

export interface Port {
  /** As written, for messages. */
  written: string;
  index: number;
  hostIp: string | undefined;
  /** First and last; undefined: Docker picks one. */
  published: readonly [number, number] | undefined;
  target: readonly [number, number] | undefined;
  protocol: string;
  name?: string | undefined;
}

export function portsOf(value: unknown): Port[] {
  return list(value).map((one, index) => {
    if (typeof one !== "object" || one === null) return shortPort(scalar(one) ?? "", index);
    const port = dict(one);
    return {
      written: JSON.stringify(one),
      index,
      hostIp: text(port["host_ip"]),
      published: rangeOf(scalar(port["published"])),
      target: rangeOf(scalar(port["target"])),
      protocol: text(port["protocol"]) ?? "tcp",
      name: text(port["name"]),
    };
  });
}

/** `[[IP:]HOST:]CONTAINER[/PROTOCOL]`, where each port may be a range. */
function shortPort(written: string, index: number): Port {
  const [address = "", protocol = "tcp"] = written.split("/", 2);
  const cut = address.lastIndexOf(":");
  const target = rangeOf(address.slice(cut + 1));
  const host = cut < 0 ? "" : address.slice(0, cut);
  const hostCut = host.lastIndexOf(":");
  const hostPort = host.slice(hostCut + 1);
  const hostIp = hostCut < 0 ? undefined : host.slice(0, hostCut).replace(/^\[|\]$/g, "");
  return { written, index, hostIp, published: rangeOf(hostPort), target, protocol };
}

function rangeOf(written: string | undefined): readonly [number, number] | undefined {
  const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(written ?? "");
  if (match === null) return undefined;
  const first = Number(match[1]);
  return [first, Number(match[2] ?? first)];
}
