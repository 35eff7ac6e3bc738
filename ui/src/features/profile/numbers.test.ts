import { describe, expect, test } from "vitest";

import { numberInWords, numberToType, typedNumber } from "./numbers";

describe("a number that is typed", () => {
  test.each<[locale: string, typed: string, number: number | null]>([
    ["en", "1234.5", 1234.5],
    ["en", "1,234.5", 1234.5],
    ["en", "1,234", 1234],
    ["en", "12,34", null],
    ["en", "1.234.567", null],
    ["de", "1234,5", 1234.5],
    ["de", "1.234,5", 1234.5],
    ["de", "1.234", 1234],
    ["de", "1.234.567,25", 1234567.25],
    ["de", "1.5", null],
    ["de", "1,234.5", null],
    ["de", "1.2345", null],
    ["de", "1 234,5", 1234.5],
    ["de-CH", "1’234.5", 1234.5],
    ["de-CH", "1'234.5", 1234.5],
    ["de-AT", "1 234,5", 1234.5],
    ["en", " 7 ", 7],
    ["en", "-7", -7],
    ["en", "−7", -7],
    ["en", "+7", 7],
    ["en", ".5", 0.5],
    ["en", "1e3", 1000],
    ["en", "1e999", null],
    ["en", "0x10", null],
    ["en", "NaN", null],
    ["en", "Infinity", null],
    ["en", "1 2", null],
    ["en", "", null],
    ["en", "-", null],
  ])("in %s: “%s” is %s", (locale, typed, number) => {
    expect(typedNumber(typed, locale)).toBe(number);
  });
});

test.each(["en", "de", "de-CH"])("a number survives being opened and saved in %s", (locale) => {
  for (const number of [0, -1.5, 41.5, 1234567.125, 0.1, 1e21, 1e-7]) {
    expect(typedNumber(numberToType(number, locale), locale)).toBe(number);
  }
});

test("a number is read without groups", () => {
  expect(numberInWords(1234.5, "en")).toBe("1234.5");
  expect(numberInWords(1234.5, "de")).toBe("1234,5");
});
