import { describe, expect, test } from "vitest";

import type { Address } from "../../lib/contract";
import { birthdateInWords, monthNames, partOrder } from "./dates";
import { type Draft, meaningOf, toDraft } from "./drafts";
import { addressLines, CARDS, requestFor, sameValue, type StandardKey } from "./fields";

const shape = (key: StandardKey) => {
  const found = CARDS.flatMap((card) => card.fields).find((field) => field.key === key);
  if (!found) throw new Error(key);
  return found;
};
const meaning = (key: StandardKey, draft: Draft) => meaningOf(shape(key), draft, "en");
const text = (key: StandardKey, typed: string) => meaning(key, { text: typed });
const value = (of: unknown) => ({ kind: "value", value: of });
const invalid = (reason: string, limit = {}) => ({ kind: "invalid", problem: { reason, ...limit } });

describe("text", () => {
  test("is trimmed, and empty means not set", () => {
    expect(text("nickname", "  Ali ")).toEqual(value("Ali"));
    expect(text("nickname", "   ")).toEqual(value(null));
  });
  test("a name cannot be empty, nor longer than its limit in characters", () => {
    expect(text("name", " ")).toEqual(invalid("empty"));
    expect(text("name", "😀".repeat(128))).toEqual(value("😀".repeat(128)));
    expect(text("name", "a".repeat(129))).toEqual(invalid("too_long", { limit: 128 }));
  });
});

describe("web addresses", () => {
  test.each(["https://example.test", "https://example.test/a?b=c#d"])("%s", (typed) => {
    expect(text("avatar", typed)).toEqual(value(typed));
    expect(text("website", typed)).toEqual(value(typed));
  });
  test.each([
    "javascript:alert(1)",
    "data:text/html,x",
    "example.test",
    "https://",
    "ftp://example.test",
    "//x",
  ])("%s is refused", (typed) => {
    expect(text("avatar", typed)).toEqual(invalid("https"));
    expect(text("website", typed)).toEqual(invalid("url"));
  });
  test("http is for web sites alone", () => {
    expect(text("website", "http://example.test")).toEqual(value("http://example.test"));
    expect(text("profile", "http://example.test")).toEqual(invalid("https"));
    expect(text("avatar", "http://example.test")).toEqual(invalid("https"));
  });
});

describe("birthdays", () => {
  const birthdate = (year: string, month: string, day: string) => meaning("birthdate", { year, month, day });
  test.each([
    ["1990", "4", "17", "1990-04-17"],
    ["1990", "", "", "1990"],
    ["", "4", "7", "0000-04-07"],
    ["", "2", "29", "0000-02-29"],
    ["2000", "02", "29", "2000-02-29"],
    ["", "", "", null],
  ])("%s %s %s", (year, month, day, meant) => {
    expect(birthdate(year, month, day)).toEqual(value(meant));
  });
  test.each([
    ["1990", "2", "31"],
    ["1900", "2", "29"],
    ["1990", "4", ""],
    ["1990", "", "4"],
    ["90", "4", "17"],
    ["0000", "4", "17"],
    ["1990", "13", "1"],
    ["1990", "4", "x"],
    ["1990", "4", "0"],
  ])("%s %s %s does not exist", (year, month, day) => {
    expect(birthdate(year, month, day)).toEqual(invalid("date"));
  });
  test.each(["1990-04-17", "1990", "0000-04-17", null])("%s survives being opened and saved", (stored) => {
    expect(meaning("birthdate", toDraft(shape("birthdate"), stored, "en"))).toEqual(value(stored));
  });
  test("are said in all three forms", () => {
    expect(birthdateInWords("1990-04-17", "en-GB")).toEqual({ text: "17 April 1990", missing: null });
    expect(birthdateInWords("0000-04-17", "de")).toEqual({ text: "17. April", missing: "no_year" });
    expect(birthdateInWords("1990", "de")).toEqual({ text: "1990", missing: "year_only" });
    expect(birthdateInWords("<b>", "de")).toEqual({ text: "<b>", missing: null });
  });
  test("are typed in the order of the language", () => {
    expect(partOrder("de")).toEqual(["day", "month", "year"]);
    expect(partOrder("en-US")).toEqual(["month", "day", "year"]);
    expect(monthNames("de")[2]).toBe("März");
  });
});

describe("time zones and languages", () => {
  test("are found in any spelling", () => {
    expect(text("zoneinfo", "europe/vienna")).toEqual(value("Europe/Vienna"));
    expect(text("zoneinfo", "America/New York")).toEqual(value("America/New_York"));
    expect(text("zoneinfo", "UTC")).toEqual(value("UTC"));
    expect(text("locale", "DE_at")).toEqual(value("de-AT"));
  });
  test("are refused when there are none such", () => {
    expect(text("zoneinfo", "Vienna")).toEqual(invalid("time_zone"));
    expect(text("locale", "German!")).toEqual(invalid("locale"));
  });
});

describe("addresses", () => {
  const empty: Address = {
    formatted: null,
    street_address: null,
    locality: null,
    region: null,
    postal_code: null,
    country: null,
  };
  test("are kept as a whole, with empty parts not set", () => {
    const draft = { ...toDraft(shape("address"), null, "en"), locality: " Vienna " };
    expect(meaning("address", draft)).toEqual(value({ ...empty, locality: "Vienna" }));
    expect(meaning("address", toDraft(shape("address"), null, "en"))).toEqual(value(null));
  });
  test("are read as lines", () => {
    const address = { ...empty, street_address: "Test 1\nDoor 2", postal_code: "1010", locality: "Vienna" };
    expect(addressLines(address)).toEqual(["Test 1", "Door 2", "1010 Vienna"]);
    expect(addressLines({ ...empty, formatted: "a\nb" })).toEqual(["a", "b"]);
  });
  test("are the same when only unset parts differ", () => {
    expect(sameValue({ ...empty, locality: "Vienna" }, { ...empty, locality: "Vienna", region: "" })).toBe(
      true,
    );
    expect(sameValue({ ...empty, locality: "Vienna" }, null)).toBe(false);
    expect(sameValue(null, "x")).toBe(false);
  });
});

test("each field goes to its command with what was seen before", () => {
  expect(requestFor(shape("name"), "a", "b")).toEqual({
    command: "account_update",
    request: { name: { from: "a", to: "b" } },
  });
  expect(requestFor(shape("website"), null, "b")).toEqual({
    command: "profile_update",
    request: { website: { from: null, to: "b" } },
  });
});
