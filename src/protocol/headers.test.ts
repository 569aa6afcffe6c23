import fc from "fast-check";
import { expect, test } from "vitest";
import { NAME_PARAM, decodeHeaderValue, encodeHeaderValue } from "./headers.ts";

test("any text survives the header form, which is plain visible ASCII", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (value) => {
      const header = encodeHeaderValue(value);
      expect(header).toMatch(/^[!-~](?:[ -~]*[!-~])?$/);
      expect(decodeHeaderValue(header)).toBe(value.toWellFormed());
    }),
  );
});

test("plain names go as they are; what HTTP or a reader could mistake is wrapped", () => {
  expect(encodeHeaderValue("get weather")).toBe("get weather");
  expect(encodeHeaderValue(" padded ")).toBe("=?base64?IHBhZGRlZCA=?=");
  expect(encodeHeaderValue("=?base64?aGk=?=")).toBe("=?base64?PT9iYXNlNjQ/YUdrPT89?=");
  expect(encodeHeaderValue("")).toBe("=?base64??=");
});

test("outer white space is no part of a value", () => {
  expect(decodeHeaderValue("\t name  ")).toBe("name");
});

test.each([
  "=?base64?a?=",
  "=?base64?aGk?=",
  "=?base64?aG k=?=",
  "=?base64?/w==?=",
  "=?base64?!?=",
])("%s stands for nothing", (header) => {
  expect(decodeHeaderValue(header)).toBeUndefined();
});

test("methods that are names of object members have no name header", () => {
  expect(NAME_PARAM["constructor"]).toBeUndefined();
  expect(NAME_PARAM["tools/call"]).toBe("name");
});
