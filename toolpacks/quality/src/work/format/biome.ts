/** Formats with Biome. */
import { InputProblem } from "flotilla/worker/review";
import { placesOf, unitsOf } from "../../lib/places.ts";
import type { Biome, BiomeConfiguration } from "../biome/engine.node.ts";
import type { Style } from "./style.ts";

export function configureStyle(biome: Biome, style: Style): void {
  const { lineWidth, indentStyle, indentWidth, quotes, semicolons, trailingCommas } = style;
  const configuration: BiomeConfiguration = {
    formatter: {
      enabled: true,
      ...(lineWidth !== undefined && { lineWidth }),
      ...(indentStyle !== undefined && { indentStyle }),
      ...(indentWidth !== undefined && { indentWidth }),
    },
    javascript: {
      parser: { unsafeParameterDecoratorsEnabled: true },
      formatter: {
        ...(quotes !== undefined && { quoteStyle: quotes }),
        ...(semicolons !== undefined && { semicolons }),
        ...(trailingCommas !== undefined && { trailingCommas }),
      },
    },
    css: { parser: { cssModules: true, tailwindDirectives: true } },
    files: { maxSize: 4_000_000 },
  };
  biome.configure(configuration);
}

/** Throws `InputProblem` with the place of the first syntax error. */
export function formatWithBiome(biome: Biome, path: string, text: string): string {
  return biome.withFile(path, text, ({ workspace, file }) => {
    const { diagnostics, errors } = workspace.pullDiagnostics({ ...file, categories: ["syntax"] });
    if (errors > 0) {
      const first = diagnostics.find(
        ({ severity }) => severity === "error" || severity === "fatal",
      );
      const at = placesOf(text)(unitsOf(text)(first?.location.span?.[0] ?? 0));
      throw new InputProblem(first?.description ?? "It cannot be parsed.", {
        location: { file: path, ...at },
      });
    }
    const printed: { code: string } = workspace.formatFile(file);
    return printed.code;
  });
}
