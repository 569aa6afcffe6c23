/** Continuations and the comments between them, turned to blanks of the same length, so that offsets stay true. */
export function maskShell(text: string, escape: string, hasHeredoc: boolean): string {
  const lines = text.split("\n");
  let isBody = false;
  const masked = lines.map((line, index) => {
    if (isBody) return `${line}${index < lines.length - 1 ? "\n" : ""}`;
    const last = index === lines.length - 1;
    const trimmed = line.trimEnd();
    if (index > 0 && trimmed.trimStart().startsWith("#"))
      return " ".repeat(line.length + (last ? 0 : 1));
    if (index > 0 && trimmed === "" && !last) return " ".repeat(line.length + 1);
    if (!last && trimmed.endsWith(escape)) {
      return `${trimmed.slice(0, -1)}${" ".repeat(line.length - trimmed.length + 2)}`;
    }
    // The first line that is not continued ends the command; behind it stand heredocs.
    if (hasHeredoc) isBody = true;
    return `${line}${last ? "" : "\n"}`;
  });
  return masked.join("");
}
