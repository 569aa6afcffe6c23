/** The parts of an image reference: `registry/name:tag@digest`. */
export interface ImageName {
  /** `docker.io` where none is written. */
  registry: string;
  /** Without registry, tag and digest. */
  name: string;
  tag: string | undefined;
  digest: string | undefined;
}

export function imageName(reference: string): ImageName {
  const [rest = "", digest] = reference.split("@", 2);
  const slash = rest.lastIndexOf("/");
  const colon = rest.indexOf(":", slash + 1);
  const path = colon < 0 ? rest : rest.slice(0, colon);
  const first = path.indexOf("/");
  const host = first < 0 ? "" : path.slice(0, first);
  const isHost = host.includes(".") || host.includes(":") || host === "localhost";
  return {
    registry: isHost ? host : "docker.io",
    name: isHost ? path.slice(first + 1) : path.replace(/^library\//, ""),
    tag: colon < 0 ? undefined : rest.slice(colon + 1),
    digest,
  };
}
