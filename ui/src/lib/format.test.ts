import { describe, expect, test } from "vitest";

import {
  countdown,
  dayInWords,
  dayOrTimeInWords,
  formatLocale,
  hostOf,
  initials,
  languageInWords,
  listInWords,
  offsetInWords,
  whenInWords,
} from "./format";

const NOW = new Date(2026, 5, 10, 9, 30).getTime();
const at = (day: number, hour: number, minute: number) => new Date(2026, 5, day, hour, minute).getTime();

describe("times", () => {
  test.each([
    [at(10, 8, 12), "en-GB", "today at 08:12"],
    [at(9, 23, 59), "en-GB", "yesterday at 23:59"],
    [at(8, 17, 40), "en-GB", "8 June 2026 at 17:40"],
    [at(10, 8, 12), "de-AT", "heute um 08:12"],
    [at(11, 18, 0), "en-GB", "tomorrow at 18:00"],
  ])("%s in %s is %s", (time, locale, words) => {
    expect(whenInWords(time, NOW, locale)).toBe(words);
  });

  test.each([
    [at(10, 8, 12), "today at 08:12"],
    [at(11, 23, 59), "tomorrow at 23:59"],
    [at(4, 8, 12), "4 June"],
    [new Date(2027, 0, 2).getTime(), "2 January 2027"],
  ])("%s has room in a row: %s", (time, words) => {
    expect(dayOrTimeInWords(time, NOW, "en-GB")).toBe(words);
  });

  test.each([
    [600_000, "10:00"],
    [581_000, "9:41"],
    [400, "0:01"],
    [0, "0:00"],
    [-5_000, "0:00"],
  ])("%s ms left is %s", (left, words) => {
    expect(countdown(left)).toBe(words);
  });

  test("a list is joined as the language joins it", () => {
    expect(listInWords(["A", "B", "C"], "en-GB")).toBe("A, B and C");
    expect(listInWords(["A", "B"], "de-AT")).toBe("A und B");
  });

  test("a day is written in full", () => {
    expect(dayInWords(at(8, 0, 0), "de-DE")).toBe("8. Juni 2026");
  });
});

describe("words for values", () => {
  test.each([
    ["Alice Example", "AE"],
    ["alice", "A"],
    ["  Élodie   d'Aubigné ", "ÉD"],
    ["李 小龍", "李小"],
    ["😀 Alice", "A"],
    ["***", null],
    ["", null],
  ])("initials of %s", (name, letters) => {
    expect(initials(name)).toBe(letters);
  });

  test("a language and a zone are named, or shown as they are", () => {
    expect(languageInWords("de-AT", "en")).toBe("Austrian German");
    expect(languageInWords("<b>", "en")).toBe("<b>");
    expect(offsetInWords("Europe/Vienna", NOW, "en")).toBe("GMT+2");
    expect(offsetInWords("Nowhere/Land", NOW, "en")).toBeNull();
  });

  test("the person's own variety of a language wins", () => {
    expect(formatLocale("de", ["en-US", "de-AT"])).toBe("de-AT");
    expect(formatLocale("de", ["en-US"])).toBe("de");
  });

  test("a host is what a person can judge", () => {
    expect(hostOf("http://127.0.0.1:4800/api")).toBe("127.0.0.1:4800");
    expect(hostOf("nonsense")).toBe("nonsense");
  });
});
