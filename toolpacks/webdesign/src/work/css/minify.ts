/** How small the sheet gets: a real minifier's answer, where its native code runs. */
const MAX_TEXT = 3_000_000;

export async function minifiedBytes(text: string): Promise<{ bytes?: number; problem?: string }> {
  if (text.length > MAX_TEXT) return { problem: "Too large to be minified for the numbers." };
  try {
    const { transform } = await import("lightningcss");
    const { code } = transform({
      filename: "style.css",
      code: new TextEncoder().encode(text),
      minify: true,
      errorRecovery: true,
    });
    return { bytes: code.byteLength };
  } catch (error) {
    const said = error instanceof Error ? error.message.slice(0, 160) : "";
    return { problem: `Not minified for the numbers: ${said}.` };
  }
}
