/** What a tool that reads texts takes: one text, several by name, or a path in the workspace. */
export interface SourceInput {
  content?: string;
  files?: Record<string, string>;
  path?: string;
}

export interface SourceLimits {
  maxFiles: number;
  maxFileBytes: number;
  maxTotalBytes: number;
  /** The name of `content` among the files. */
  contentName: string;
  /** Which files of a folder fit, by relative path. Default: all. */
  include?: (path: string) => boolean;
  /** Which folders to look into, by their own name. Default: not into what others wrote or tools made. */
  enter?: (folder: string) => boolean;
}
