/** design_tokens: what is used, what is nearly the same, what strays from the tokens, and all of it as DTCG JSON. */
import { differenceCiede2000 } from "culori";
import { InputProblem, reportOf } from "flotilla/worker/review";
import type { Finding } from "flotilla/worker/review";
import { readSources } from "flotilla/worker/sources";
import { parseColour } from "../colour/colour.ts";
import { CSS_LIMITS } from "../css/limits.ts";
import { sheetsOf } from "../css/sheets.ts";
import { collect } from "./collect.ts";
import type { Met } from "./collect.ts";
import type { TokensAnswer, TokensInput, TokenUse } from "./contract.ts";
import { readTokens, toDtcg } from "./dtcg.ts";
import { drawTokens } from "./picture.ts";

const MAX_COLOURS = 400;
const difference = differenceCiede2000();

export async function reviewTokens(input: TokensInput): Promise<TokensAnswer> {
  const files = await readSources(input, {
    ...CSS_LIMITS,
    contentName: "style.css",
    include: (path) => /\.(?:css|x?html?)$/i.test(path),
  });
  const sheets = sheetsOf({ files, pages: Object.keys(files) });
  const met = collect(sheets);
  if (met.length === 0) {
    throw new InputProblem("There are no colours, sizes or fonts in what was given.");
  }
  const given = input.tokens === undefined ? undefined : readTokens(input.tokens);
  const uses = usesOf(met, given);
  const base = spacingBase(uses);
  const findings = [
    ...nearColours(uses, input.nearness ?? 3),
    ...offScale(uses, base),
    ...drift(met, uses),
    ...unusedTokens(uses, given),
  ];
  return {
    uses,
    dtcg: toDtcg(uses),
    ...(base === undefined ? {} : { spacingBasePx: base }),
    picture: drawTokens(uses),
    ...reportOf(findings, { ignore: input.ignore }),
  };
}

function usesOf(met: readonly Met[], given: ReadonlyMap<string, string> | undefined): TokenUse[] {
  const groups = Map.groupBy(met, ({ kind, value }) => `${kind} ${value}`);
  return [...groups.values()]
    .flatMap((group): TokenUse[] => {
      const [first] = group;
      if (first === undefined) return [];
      const { kind, value, location } = first;
      const defined = group.flatMap(({ defines }) => (defines === undefined ? [] : [defines]));
      const named = [...(given ?? [])].flatMap(([name, one]) => (one === value ? [name] : []));
      return [
        {
          kind,
          value,
          count: group.filter(({ defines }) => defines === undefined).length,
          names: [...new Set([...named, ...defined])].slice(0, 20),
          file: location.file ?? "",
          line: location.line,
        },
      ];
    })
    .toSorted((a, b) => a.kind.localeCompare(b.kind) || b.count - a.count);
}

/** Of two colours that can hardly be told apart, the rarer is the one to let go. */
function nearColours(uses: readonly TokenUse[], nearness: number): Finding[] {
  const colours = uses
    .filter(({ kind }) => kind === "color")
    .slice(0, MAX_COLOURS)
    .flatMap((use) => {
      const colour = parseColour(use.value);
      return colour === undefined ? [] : [{ use, colour }];
    });
  return colours.flatMap((rare, index): Finding[] => {
    const near = colours
      .slice(0, index)
      // What differs in opacity differs on purpose.
      .filter(({ colour }) => colour.alpha === rare.colour.alpha)
      .map(({ use, colour }) => ({
        use,
        far: difference({ mode: "rgb", ...colour }, { mode: "rgb", ...rare.colour }),
      }))
      .toSorted((a, b) => a.far - b.far)[0];
    if (near === undefined || near.far >= nearness) return [];
    return [
      {
        rule: "near-duplicate-color",
        // Two names for two colours were given on purpose.
        severity: near.use.names.length > 0 && rare.use.names.length > 0 ? "info" : "warning",
        message: `${rare.use.value} (${rare.use.count}×) is nearly ${near.use.value} (${near.use.count}×): CIEDE2000 ${near.far.toFixed(2)}.`,
        location: { file: rare.use.file, line: rare.use.line, column: 1 },
        object: rare.use.names[0] ?? rare.use.value,
        fix: `Use ${near.use.names[0] === undefined ? near.use.value : `var(${near.use.names[0]})`}.`,
      },
    ];
  });
}

/** 8 or 4 px, when most of the spacing keeps to it. */
function spacingBase(uses: readonly TokenUse[]): number | undefined {
  const sizes = uses.filter(({ kind }) => kind === "spacing");
  const total = sizes.reduce((sum, { count }) => sum + count, 0);
  const kept = (base: number): number =>
    sizes
      .filter(({ value }) => Number.parseFloat(value) % base === 0)
      .reduce((sum, { count }) => sum + count, 0);
  if (total < 8) return undefined;
  return [8, 4].find((base) => kept(base) / total >= 0.7);
}

function offScale(uses: readonly TokenUse[], base: number | undefined): Finding[] {
  if (base === undefined) return [];
  return uses
    .filter(({ kind, value }) => {
      const px = Number.parseFloat(value);
      // Hairlines are no spacing.
      return kind === "spacing" && px > 2 && px % base !== 0;
    })
    .map(({ value, count, file, line }) => {
      const nearest = Math.max(base, Math.round(Number.parseFloat(value) / base) * base);
      return {
        rule: "spacing-off-scale",
        severity: "info" as const,
        message: `${value} (${count}×) is off the ${base} px scale that most spacing keeps to.`,
        location: { file, line, column: 1 },
        object: value,
        fix: `${nearest}px is the nearest step.`,
      };
    });
}

/** A literal value where a name for it exists, or, with tokens given, one that no token has. */
function drift(met: readonly Met[], uses: readonly TokenUse[]): Finding[] {
  const by = new Map(uses.map((use) => [`${use.kind} ${use.value}`, use]));
  const hasNames = new Set(uses.filter(({ names }) => names.length > 0).map(({ kind }) => kind));
  const seen = new Set<string>();
  return met.flatMap((one): Finding[] => {
    const use = by.get(`${one.kind} ${one.value}`);
    if (!one.literal || one.defines !== undefined || use === undefined) return [];
    const [name] = use.names;
    const base = { location: one.location, object: one.value };
    if (name !== undefined) {
      return [
        {
          rule: "token-bypassed",
          severity: "info",
          message: `${one.value} is written out; ${name} has this value.`,
          ...base,
          fix: name.startsWith("--") ? `Use var(${name}).` : `Use the token ${name}.`,
        },
      ];
    }
    // Told once for each value, where it is first met.
    const key = `${one.kind} ${one.value}`;
    if (!hasNames.has(one.kind) || seen.has(key)) return [];
    seen.add(key);
    return [
      {
        rule: "token-missing",
        severity: one.kind === "color" ? "warning" : "info",
        message: `${one.value} (${use.count}×) is no token's value, while other ${one.kind} values are.`,
        ...base,
        fix: "Use the nearest token, or make it one.",
      },
    ];
  });
}

function unusedTokens(
  uses: readonly TokenUse[],
  given: ReadonlyMap<string, string> | undefined,
): Finding[] {
  const used = new Set(uses.filter(({ count }) => count > 0).map(({ value }) => value));
  return [...(given ?? [])]
    .filter(([, value]) => !used.has(value))
    .map(([name, value]) => ({
      rule: "token-unused",
      severity: "info",
      message: `No style uses the value ${value.slice(0, 100)}.`,
      object: name,
    }));
}
