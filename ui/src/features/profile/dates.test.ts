import { expect, test } from "vitest";

import { dateInWords, readDate, writeDate } from "./dates";

const FORMATS = [
  ["yyyy-MM-dd", "2019-03-09"],
  ["MM/dd/yyyy", "03/09/2019"],
  ["dd.MM.yyyy", "09.03.2019"],
  ["yyyyMMdd", "20190309"],
] as const;

test.each(FORMATS)("%s writes %s and reads it", (format, text) => {
  expect(writeDate(format, { year: "2019", month: "3", day: "09" })).toBe(text);
  expect(readDate(format, text)).toEqual({ year: "2019", month: "3", day: "9" });
  expect(dateInWords(format, text, "de")).toBe("9. März 2019");
});

test.each([
  ["2019", "2", "29"],
  ["2019", "13", "1"],
  ["2019", "3", "0"],
  ["2019", "3", ""],
  ["2019", "", "9"],
  ["19", "3", "9"],
  ["0000", "3", "9"],
  ["2019", "x", "9"],
])("%s %s %s is no date", (year, month, day) => {
  expect(writeDate("yyyy-MM-dd", { year, month, day })).toBeNull();
});

test("29 February exists in leap years", () => {
  expect(writeDate("yyyy-MM-dd", { year: "2020", month: "2", day: "29" })).toBe("2020-02-29");
});

test.each([
  ["MM/dd/yyyy", "3/9/2019"],
  ["MM/dd/yyyy", "03-09-2019"],
  ["MM/dd/yyyy", "13/09/2019"],
  ["MM/dd/yyyy", "03/09/2019 "],
  ["yyyy-MM-dd", "2019-02-30"],
  ["yyyy-MM-dd", "long ago"],
  ["yyyy-MM-dd", ""],
])("%s does not read “%s”, which is shown as it is", (format, text) => {
  expect(readDate(format, text)).toBeNull();
  expect(dateInWords(format, text, "en")).toBe(text);
});
