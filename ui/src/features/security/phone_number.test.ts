import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { hasDigits, plainNumber } from "./phone_number";

/** The settings server's own test reads the same cases. */
const CASES = JSON.parse(readFileSync("../crates/account-api/fixtures/typed-phone-numbers.json", "utf8")) as {
  typed: string;
  plain: string | null;
}[];

describe("a typed phone number", () => {
  test.each(CASES)("$typed is read as the server reads it: $plain", ({ typed, plain }) => {
    expect(plainNumber(typed)).toBe(plain);
  });

  test.each([
    ["+436641234567", "436641234567", true],
    ["+43(0)6641234567", "436641234567", true],
    ["+39(0)669812345", "390669812345", true],
    ["+436641234567", "436641234568", false],
  ])("%s is %s: %s", (plain, digits, same) => {
    expect(hasDigits(plain, digits)).toBe(same);
  });
});
