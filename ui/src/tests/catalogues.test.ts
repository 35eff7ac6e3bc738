/** The catalogues in `messages/`: complete, in use, and in their language. Calls are checked by their types. */
import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import type { Language } from "../lib/contract";
import { usedMessages } from "./used_messages";

/** A text, or one for each plural form or other case. */
type Message = string | [{ declarations?: string[]; match: Record<string, string> }];

const LANGUAGES: readonly Language[] = ["en", "de"];
const source = (language: Language) => readFileSync(`messages/${language}.json`, "utf8");
const read = (language: Language) =>
  new Map(Object.entries(JSON.parse(source(language)) as Record<string, Message>));

const english = read("en");
const german = read("de");
const all = LANGUAGES.flatMap((language) =>
  [...read(language)].map(([key, message]) => [language, key, message] as const),
);

/** Texts that are rightly the same in both languages. */
const SAME = [
  "product",
  "window_title",
  "server_placeholder",
  "profile_fields_name_label",
  "profile_fields_website_label",
  "profile_birthdate_no_month",
  "profile_in_part",
  "settings_languages_en",
  "settings_languages_de",
  "settings_version",
  "settings_organisation",
  "security_ways_passkey",
  "devices_kinds_computer",
  "devices_kinds_tablet",
];

const textsOf = (message: Message) =>
  typeof message === "string" ? [message] : Object.values(message[0].match);
const declarationsOf = (message: Message) =>
  typeof message === "string" ? [] : (message[0].declarations ?? []);

/** The inputs whose value is in a text, each once, in the order of the alphabet. */
function shownIn(text: string, message: Message): string[] {
  const locals = new Map<string, string>();
  for (const declaration of declarationsOf(message)) {
    const [, name, input] = /^local (\w+) = (\w+): number\b/.exec(declaration) ?? [];
    if (name && input) locals.set(name, input);
  }
  const names = [...text.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => locals.get(name) ?? name);
  return [...new Set(names)].sort();
}

describe("the catalogues", () => {
  test("have the same messages, each once and in the same order", () => {
    expect([...german.keys()]).toEqual([...english.keys()]);
    for (const language of LANGUAGES) {
      const written = [...source(language).matchAll(/^ {2}"(\w+)":/gm)].map(([, key]) => key);
      expect(written).toEqual([...read(language).keys()]);
    }
  });

  test("have what the page asks for, and nothing else", () => {
    const used = usedMessages();
    expect([...english.keys()].filter((key) => !used.has(key))).toEqual([]);
    expect([...used].filter((key) => !english.has(key))).toEqual([]);
  });

  test("show the same values in every language and case", () => {
    for (const [language, key, message] of all) {
      const model = english.get(key) ?? "";
      const shown = shownIn(textsOf(model)[0] ?? "", model);
      for (const text of textsOf(message))
        expect(shownIn(text, message), `${language} ${key}`).toEqual(shown);
    }
  });

  test("say each number in every plural form of the language, and in no other", () => {
    for (const [language, key, message] of all) {
      const [, form] = /^local (\w+) = \w+: plural\b/m.exec(declarationsOf(message).join("\n")) ?? [];
      if (!form || typeof message === "string") continue;
      const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
      const cases = Object.keys(message[0].match);
      expect(cases.sort(), `${language} ${key}`).toEqual(forms.map((one) => `${form}=${one}`).sort());
    }
  });

  test("have no empty text and no markup", () => {
    for (const [language, key, message] of all) {
      for (const text of textsOf(message)) {
        expect(text.trim(), `${language} ${key}`).not.toBe("");
        expect(text, `${language} ${key}`).not.toMatch(/[<>]|&\w+;|\{[#/]/);
      }
    }
  });

  test("differ, but for what is the same in both languages", () => {
    const same = [...english].filter(
      ([key, message]) => textsOf(message).join("\n") === textsOf(german.get(key) ?? "").join("\n"),
    );
    expect(same.map(([key]) => key)).toEqual(SAME);
  });
});
