/** Values in the styles of OpenAPI parameters (Style Values). Everything from outside is percent-encoded. */
import { isJson, type Parameter } from "../document/model.ts";

type Encode = (text: string) => string;

/** For a path template: one segment's worth of text. */
export function pathText(parameter: Parameter, value: unknown): string {
  const { name, style, explode } = parameter;
  const encode = encoderOf(parameter);
  if (style === "label") return `.${joined(value, explode ? "." : ",", { explode, encode })}`;
  if (style !== "matrix") return joined(value, ",", { explode, encode });
  if (!explode || !isCompound(value)) {
    return `;${encode(name)}=${joined(value, ",", { explode: false, encode })}`;
  }
  return pairsOf(name, value)
    .map(([key, text]) => `;${encode(key)}=${encode(text)}`)
    .join("");
}

/** For headers, which are not encoded: their values are checked where they are sent. */
export function headerText(parameter: Parameter, value: unknown): string {
  return joined(value, ",", { explode: parameter.explode, encode: (text) => text });
}

/** `name=value` pieces of a query or a cookie, encoded. */
export function formPieces(parameter: Parameter, value: unknown): string[] {
  const { name, style, explode } = parameter;
  const encode = encoderOf(parameter);
  const key = encodeURIComponent(name);
  if (!isCompound(value)) return [`${key}=${encode(scalar(value))}`];
  if (style === "deepObject") return deepPieces(key, value, encode);
  if (explode) {
    return pairsOf(name, value).map(([own, text]) => `${encodeURIComponent(own)}=${encode(text)}`);
  }
  const separators: Record<string, string> = { spaceDelimited: "%20", pipeDelimited: "%7C" };
  return [`${key}=${joined(value, separators[style] ?? ",", { explode: false, encode })}`];
}

function deepPieces(key: string, value: unknown, encode: Encode): string[] {
  if (!isCompound(value)) return [`${key}=${encode(scalar(value))}`];
  return Object.entries(value).flatMap(([name, inner]) =>
    inner === undefined || inner === null
      ? []
      : deepPieces(`${key}%5B${encodeURIComponent(name)}%5D`, inner, encode),
  );
}

function joined(
  value: unknown,
  separator: string,
  { explode, encode }: { explode: boolean; encode: Encode },
): string {
  if (!isCompound(value)) return encode(scalar(value));
  if (Array.isArray(value)) return value.map((one) => encode(scalar(one))).join(separator);
  const entries = Object.entries(value).map(([key, one]) => [encode(key), encode(scalar(one))]);
  return entries.map((pair) => pair.join(explode ? "=" : separator)).join(separator);
}

function pairsOf(name: string, value: object): [string, string][] {
  if (Array.isArray(value)) return value.map((one): [string, string] => [name, scalar(one)]);
  return Object.entries(value).map(([key, one]): [string, string] => [key, scalar(one)]);
}

function isCompound(value: unknown): value is object {
  return Array.isArray(value) || isJson(value);
}

/** What stands inside a list or a member is JSON, if it is not plain: no style says anything else. */
export function scalar(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** `allowReserved` leaves what a query may hold unencoded, except what would end the value. */
function encoderOf({ allowReserved }: Parameter): Encode {
  if (!allowReserved) return encodeURIComponent;
  return (text) =>
    encodeURIComponent(text).replaceAll(/%(3A|2F|3F|40|24|2C|3B)/g, (code) =>
      decodeURIComponent(code),
    );
}
