/** `container:` of a worker with an image, as written. */
export interface ContainerEntry {
  port?: number;
  path?: string;
  pull?: "missing" | "always" | "never";
  memory?: string;
  cpus?: number;
  pids?: number;
  network?: string;
  user?: string;
  writable?: boolean;
  mounts?: string[];
}
