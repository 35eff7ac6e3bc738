import { describe, expect, test } from "vitest";

import { layoutOf, written } from "./formatted";

const HOME = {
  street_address: "1 Test Street",
  postal_code: "10115",
  locality: "Berlin",
  region: "Berlin",
  country: "DE",
};
/** The same address, formatted again after a change. */
const after = (formatted: string, change: object, before: object = HOME) => {
  const layout = layoutOf({ ...before, formatted });
  return layout && written(layout, { ...before, ...change });
};

describe("a whole address that is made of its parts", () => {
  test.each([
    ["1 Test Street, 10115 Berlin", { street_address: "2 Other Road" }, "2 Other Road, 10115 Berlin"],
    [
      "1 Test Street\n10115 Berlin\nDE",
      { postal_code: "8010", locality: "Graz" },
      "1 Test Street\n8010 Graz\nDE",
    ],
    ["Berlin, 1 Test Street", { locality: "Graz" }, "Graz, 1 Test Street"],
    ["1 Test Street, 10115 Berlin", { street_address: null }, "10115 Berlin"],
    ["1 Test Street, 10115 Berlin, DE", { postal_code: "" }, "1 Test Street, Berlin, DE"],
    ["1 Test Street\n10115 Berlin\nDE", { locality: "" }, "1 Test Street\n10115\nDE"],
    ["1 Test Street, 10115 Berlin.", { locality: "Graz" }, "1 Test Street, 10115 Graz."],
    ["1 Test Street, 10115 Berlin", { country: "AT" }, "1 Test Street, 10115 Berlin"],
    [
      "1 Test Street, 10115 Berlin",
      { street_address: "", postal_code: "", locality: "", region: "", country: "" },
      "",
    ],
  ])("%j follows %j", (formatted, change, wanted) => {
    expect(after(formatted, change)).toBe(wanted);
  });

  test.each([
    ["1 Test Street, Berlin", { postal_code: "10115" }, "1 Test Street, 10115 Berlin"],
    ["1 Test Street\nBerlin", { country: "DE" }, "1 Test Street\nBerlin\nDE"],
    ["Berlin", { street_address: "1 Test Street", country: "DE" }, "1 Test Street, Berlin, DE"],
    ["1 Test Street, 10115", { locality: "Berlin" }, "1 Test Street, 10115 Berlin"],
  ])("%j takes up what was not set: %j", (formatted, change, wanted) => {
    const named = Object.entries(HOME).filter(([, value]) =>
      formatted.split(/[\s,]+/).includes(value.split(" ")[0] ?? ""),
    );
    const before = Object.fromEntries(named.filter(([part]) => part !== "region"));
    expect(after(formatted, change, before)).toBe(wanted);
  });

  test("a part of several lines is found where a comma parts them", () => {
    const before = { ...HOME, street_address: "House 4\n1 Test Street" };
    const change = { street_address: "House 5\n1 Test Street" };
    expect(after("House 4, 1 Test Street, 10115 Berlin", change, before)).toBe(
      "House 5\n1 Test Street, 10115 Berlin",
    );
  });

  test("a street with its city's name is not taken for the city", () => {
    const before = { street_address: "Berlin Street 1", locality: "Berlin" };
    expect(after("Berlin Street 1, Berlin", { locality: "Graz" }, before)).toBe("Berlin Street 1, Graz");
  });

  test.each(["(", "a+b", "1\\2", "^$", "[x]"])("%j in a part is no pattern", (street_address) => {
    expect(
      after(`${street_address}, Berlin`, { locality: "Graz" }, { street_address, locality: "Berlin" }),
    ).toBe(`${street_address}, Graz`);
  });
});

test.each([
  "Alice Example, 1 Test Street, 10115 Berlin",
  "1 Test Street 10115 Berlin, third floor",
  "AT-10115 Berlin",
  "1 Test Streets, 10115 Berlin",
  "somewhere else",
  "",
  "\n",
])("%j is the person's own", (formatted) => {
  expect(layoutOf({ ...HOME, formatted })).toBeNull();
});
