/** What a licence asks of those who ship the code, as far as its family tells. */
export type Family = "permissive" | "weak-copyleft" | "copyleft" | "network-copyleft" | "unknown";

const FAMILIES: readonly (readonly [Family, RegExp])[] = [
  ["network-copyleft", /^(?:AGPL|SSPL|OSL|EUPL|RPL|CPAL|CAL)-/],
  ["copyleft", /^(?:GPL|CC-BY(?:-NC)?-SA|Sleepycat|QPL)(?:-|$)/],
  ["weak-copyleft", /^(?:LGPL|MPL|EPL|CDDL|CPL|IPL|APSL|MS-RL|OFL|ErlPL|LPL)(?:-|$)/],
  [
    "permissive",
    /^(?:MIT|MIT-0|MITNFA|X11|ISC|0BSD|Apache|BSD|BlueOak|Unlicense|CC0|CC-BY|WTFPL|Zlib|zlib-acknowledgement|libpng(?:-2\.0)?|Python|PSF|PostgreSQL|BSL|NCSA|UPL|AFL|Artistic-2\.0|Unicode|ICU|W3C|FSFAP|HPND|curl|OpenSSL|Ruby|Beerware|JSON|NTP|TCL|Vim|AMPAS|MS-PL|MulanPSL|PHP|Fair|Intel|Xnet|OLDAP-2\.8|IJG|Info-ZIP|bzip2-1\.0\.6|FTL)(?:-|$)/,
  ],
];

/** An exception lets others link without the licence reaching them. */
export function familyOf(license: string, exception?: string): Family {
  if (license === "CC-BY-NC-4.0" || license.includes("-NC-") || license.includes("-ND-"))
    return "unknown";
  const family = FAMILIES.find(([, pattern]) => pattern.test(license))?.[0] ?? "unknown";
  const links = exception !== undefined && /exception|linking|classpath/i.test(exception);
  return family === "copyleft" && links ? "weak-copyleft" : family;
}
