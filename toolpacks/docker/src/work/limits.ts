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

export const COMPOSE_LIMITS: SourceLimits = {
  maxFiles: 20,
  maxFileBytes: 1_000_000,
  maxTotalBytes: 2_000_000,
  contentName: "compose.yaml",
  include: isCompose,
};

export function isCompose(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return /^(docker-)?compose([.-][\w.-]+)?\.ya?ml$/i.test(name);
}

export const COMPOSE_WORDS = {
  content: "A Compose file.",
  files: "Compose files of one project by relative path, in the order in which they are merged.",
  path: "A Compose file, or the folder of one project.",
};

export const MANIFEST_LIMITS: SourceLimits = {
  maxFiles: 500,
  maxFileBytes: 2_000_000,
  maxTotalBytes: 8_000_000,
  contentName: "manifest.yaml",
  include: (path) => /\.(ya?ml|json)$/i.test(path) && !isCompose(path),
};

export const MANIFEST_WORDS = {
  content: "Kubernetes manifests: YAML documents, or JSON.",
  files: "Manifests by relative path.",
  path: "A manifest, or a folder of them.",
};

export const SCAN_LIMITS: SourceLimits = {
  ...MANIFEST_LIMITS,
  contentName: "content",
  include: (path) => isDockerfile(path) || /\.(ya?ml)$/i.test(path),
};

export const SCAN_WORDS = {
  content: "One Dockerfile, Compose file or manifest.",
  files: "Dockerfiles, Compose files and manifests by relative path.",
  path: "One of them, or a folder that is searched for them.",
};

export const PROJECT_LIMITS: SourceLimits = {
  maxFiles: 500,
  maxFileBytes: 2_000_000,
  maxTotalBytes: 8_000_000,
  contentName: "package.json",
  include: (path) => !path.includes("/") || /\.(go|py)$|\.csproj$|(^|\/)index\.html$/.test(path),
};
