import { describe, expect, test } from "vitest";

import { de } from "./de";
import { en } from "./en";

type Leaf = string | ((...args: never[]) => string);

function leaves(texts: object, path = ""): [string, Leaf][] {
  return Object.entries(texts).flatMap(([key, value]): [string, Leaf][] =>
    typeof value === "object"
      ? leaves(value as object, `${path}${key}.`)
      : [[`${path}${key}`, value as Leaf]],
  );
}

const english = new Map(leaves(en));
const german = new Map(leaves(de));
/** Words that are the same in both languages. */
const SAME =
  /^(product|profile\.inPart$|server\.placeholder|settings\.languages\.|profile\.fields\.\w+\.(hint|label|inSentence)$|settings\.(version|organisation)|profile\.birthdate\.noMonth|devices\.(kinds\.|end\.apps)|windowTitle|security\.ways\.passkey|profile\.saveField)/;

describe("texts", () => {
  test("every language has the same keys, with the same shape", () => {
    expect([...german.keys()]).toEqual([...english.keys()]);
    for (const [key, text] of english) {
      const other = german.get(key);
      expect(typeof other, key).toBe(typeof text);
      if (typeof text === "function") expect((other as () => string).length, key).toBe(text.length);
    }
  });

  test("nothing is empty but hints that are not needed, and nothing is markup", () => {
    for (const [key, text] of [...english, ...german]) {
      const words = typeof text === "function" ? text(...(["x"] as never[])) : text;
      if (!key.endsWith(".hint")) expect(words, key).not.toBe("");
      expect(words, key).not.toMatch(/[<>]|&\w+;/);
    }
  });

  test("German is German", () => {
    for (const [key, text] of english) {
      if (SAME.test(key)) continue;
      const other = german.get(key);
      const say = (words: Leaf | undefined) =>
        typeof words === "function" ? words(...(["x"] as never[])) : words;
      expect(say(other), key).not.toBe(say(text));
    }
  });

  test("a value handed to a text is in it", () => {
    for (const [key, text] of [...english, ...german]) {
      if (typeof text === "function") expect(text(...(["canary"] as never[])), key).toContain("canary");
    }
  });
});
