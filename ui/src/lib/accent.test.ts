import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { accentFor, contrast, parseColour, type Scheme, SURFACES } from "./accent";

const BRANDS = [
  "#4a5bd4",
  "#ffcc00",
  "#00ff00",
  "#ffffff",
  "#000000",
  "#ff0000",
  "#808080",
  "#0b5",
  "#e91e63",
  "#7f7f00",
];

describe("the organisation's colour", () => {
  for (const scheme of ["light", "dark"] as Scheme[]) {
    test.each(BRANDS)(`n28_reaches 4.5:1 everywhere in ${scheme}: %s`, (brand) => {
      const accent = accentFor(brand, scheme);
      expect(accent).not.toBeNull();
      if (!accent) return;
      for (const surface of [...SURFACES[scheme], accent.soft]) {
        expect(contrast(accent.accent, surface)).toBeGreaterThanOrEqual(4.5);
      }
      expect(contrast(accent.ink, accent.accent)).toBeGreaterThanOrEqual(4.5);
    });
  }

  test("stays as it is where it can be read", () => {
    expect(accentFor("#4a5bd4", "light")?.accent).toBe("#4a5bd4");
  });

  test.each([
    null,
    undefined,
    "",
    "red",
    "#12",
    "#1234567",
    "rgb(0 0 0)",
    "red;background:url(//evil.example)",
  ])("is left out when it is no colour: %s", (text) => {
    expect(accentFor(text, "light")).toBeNull();
  });

  test("is parsed in both spellings", () => {
    expect(parseColour("#0b5")).toEqual([0, 187, 85]);
    expect(parseColour("#00BB55")).toEqual([0, 187, 85]);
  });
});

describe("the built-in colours", () => {
  const css = readFileSync("src/styles/tokens.css", "utf8");
  const block = (selector: string) => {
    const body = css.slice(css.indexOf(`${selector} {`)).split("}")[0] ?? "";
    return Object.fromEntries(
      [...body.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((found) => [found[1], found[2]]),
    );
  };

  test.each([
    [":root", "light"],
    [':root[data-theme="dark"]', "dark"],
  ] as const)("n28_every text colour reads on every surface: %s", (selector, scheme) => {
    const colours = block(selector);
    const on = (text: string, surface: string) => contrast(colours[text] ?? "", colours[surface] ?? "");
    for (const surface of ["ground", "surface", "raised"]) {
      expect(SURFACES[scheme]).toContain(colours[surface]);
      for (const text of ["ink", "ink-2", "ink-3", "accent", "good", "warn", "bad"]) {
        expect(on(text, surface), `${text} on ${surface}`).toBeGreaterThanOrEqual(4.5);
      }
    }
    for (const [text, surface] of [
      ["accent", "accent-soft"],
      ["accent-ink", "accent"],
      ["good", "good-soft"],
      ["warn", "warn-soft"],
      ["bad", "bad-soft"],
      ["ink", "warn-soft"],
      ["ink", "bad-soft"],
      ["ink-2", "warn-soft"],
      ["ink-2", "bad-soft"],
    ] as const) {
      expect(on(text, surface), `${text} on ${surface}`).toBeGreaterThanOrEqual(4.5);
    }
    for (const surface of ["surface", "raised"]) {
      expect(on("line-strong", surface), `edge of an input on ${surface}`).toBeGreaterThanOrEqual(3);
    }
  });
});
