import { describe, expect, test } from "vitest";

import type { CustomFieldKind } from "../../lib/contract";
import { en, speaking } from "../../tests/messages";
import { customShape } from "./custom";
import { onButton, problemInWords, ruleOf } from "./words";

const shape = (kind: CustomFieldKind) =>
  customShape({
    name: "x",
    label: null,
    description: null,
    placeholder: null,
    required: false,
    kind,
    value: { access: "edit", value: null },
  });

describe("the rule of a field", () => {
  test.each<[number | null, number | null, string, string]>([
    [2, 20, "From 2 to 20 characters.", "Von 2 bis 20 Zeichen."],
    [4, 4, "Exactly 4 characters.", "Genau 4 Zeichen."],
    [1, 1, "Exactly 1 character.", "Genau 1 Zeichen."],
    [2, null, "At least 2 characters.", "Mindestens 2 Zeichen."],
    [null, 1, "At most 1 character.", "Höchstens 1 Zeichen."],
    [0, 20, "At most 20 characters.", "Höchstens 20 Zeichen."],
    [null, null, "", ""],
  ])("length from %s to %s", (min_length, max_length, english, german) => {
    const text = shape({ type: "text", min_length, max_length });
    expect(ruleOf(text, speaking("en"))).toBe(english);
    expect(ruleOf(text, speaking("de"))).toBe(german);
  });

  test.each<[number | null, number | null, string]>([
    [0.5, 400, "Eine Zahl von 0,5 bis 400."],
    [7, 7, "Die Zahl 7."],
    [0, null, "Eine Zahl, nicht kleiner als 0."],
    [null, 9, "Eine Zahl, nicht größer als 9."],
    [null, null, ""],
  ])("number from %s to %s", (min, max, german) => {
    expect(ruleOf(shape({ type: "number", min, max }), speaking("de"))).toBe(german);
  });
});

test("a problem names the limit or an example as the language writes it", () => {
  expect(problemInWords({ reason: "too_large", limit: 0.5 }, speaking("de"))).toBe("Das ist mehr als 0,5.");
  expect(problemInWords({ reason: "too_long", limit: 1 }, speaking("en"))).toBe(
    "This is longer than 1 character.",
  );
  expect(problemInWords({ reason: "number" }, speaking("de"))).toContain("1234,5");
  expect(problemInWords({ reason: "empty" }, speaking("en"))).toBe(en.profile_invalid_empty());
});

test("a long name is cut on a button, between whole characters", () => {
  const name = (inSentence: string) => ({ label: inSentence, inSentence, hint: "" });
  expect(onButton(name("Staff newsletter"))).toBe("Staff newsletter");
  expect(onButton(name("😀".repeat(24)))).toBe("😀".repeat(24));
  expect(onButton(name("😀".repeat(25)))).toBe(`${"😀".repeat(23)}…`);
});
