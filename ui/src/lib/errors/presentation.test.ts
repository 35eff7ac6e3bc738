import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";
import { de, en } from "../../tests/messages";

import type { Code } from "../contract";
import { isCode, knownCode, presentation, toCommandError } from "./presentation";

/** The codes as the contract's own files list them. */
const CODES = ["ServerCode", "AppCode"].flatMap((part) =>
  [...readFileSync(`src/lib/contract/${part}.ts`, "utf8").matchAll(/"(\w+)"/g)].map(
    (found) => found[1] as Code,
  ),
);

describe("the table of errors", () => {
  test("n26_has exactly the codes of the contract", () => {
    expect(CODES.length).toBeGreaterThan(30);
    expect(Object.keys(presentation).toSorted()).toEqual(CODES.toSorted());
  });

  test.each(CODES)("n26_%s has words and a next step in each language", (code) => {
    const row = presentation[code];
    for (const texts of [en, de]) {
      const title = texts[`errors_${row.text}_title`]();
      expect(title).not.toBe("");
      expect(texts[`errors_${row.text}_body`]()).not.toBe("");
      expect(title).not.toContain(code.includes("_") ? code : "\u0000");
    }
    expect(en[`errors_${row.text}_body`]()).not.toBe(de[`errors_${row.text}_body`]());
    if (row.next === "ask_it") expect(en[`errors_${row.text}_body`]()).toMatch(/\bIT\b/);
    if (row.severity === "error") expect(row.next).not.toBe("none");
  });

  test("views of their own are for what keeps the account away", () => {
    const blocking = CODES.filter((code) => presentation[code].blocking);
    expect(blocking).toEqual(
      expect.arrayContaining([
        "insufficient_scope",
        "account_suspended",
        "server_not_trusted",
        "server_not_latchkey",
      ]),
    );
    expect(blocking).not.toContain("offline");
    expect(blocking).not.toContain("session_ended");
  });
});

describe("what a command rejected with", () => {
  test("is taken when it is ours", () => {
    const error = { code: "offline" as const, message: "x", request_id: "r" };
    expect(toCommandError(error)).toBe(error);
  });

  test.each([
    null,
    undefined,
    "sign_in not allowed",
    7,
    new Error("boom"),
    {},
    { code: "toString" },
    { code: 3 },
  ])("n26_is internal when it is anything else: %s", (thrown) => {
    expect(toCommandError(thrown).code).toBe("internal");
  });

  test("n26_a code of a newer app has words too", () => {
    expect(knownCode("brand_new")).toBe("internal");
    expect(isCode("constructor")).toBe(false);
  });
});
