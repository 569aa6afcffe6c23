/** How much text the tools of this pack read. */
import type { SourceLimits } from "flotilla/worker/sources";

export const DOCKERFILE_LIMITS: SourceLimits = {
  maxFiles: 50,
  maxFileBytes: 200_000,
  maxTotalBytes: 1_000_000,
  contentName: "Dockerfile",
  include: isDockerfile,
};

export function isDockerfile(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return (
    /^(dockerfile|containerfile)(\.[\w.-]+)?$|\.(dockerfile|containerfile)$/i.test(name) &&
    !/\.dockerignore$/i.test(name)
  );
}

export const DOCKERFILE_WORDS = {
  content: "A Dockerfile.",
  files: "Dockerfiles by relative path.",
  path: "A Dockerfile, or a folder that is searched for them.",
};
