/** The messages in one language, whatever the page's is. */
import type { Language } from "../lib/contract";
import { m } from "../lib/paraglide/messages";
import { overwriteGetLocale } from "../lib/paraglide/runtime";

type Messages = typeof m;
type Say = (inputs: object, options: { locale: Language }) => string;

const inLanguage = (locale: Language): Messages =>
  new Proxy({} as Messages, {
    get: (_, key) => (inputs: object) => (m[key as keyof Messages] as Say)(inputs, { locale }),
  });

export const en = inLanguage("en");
export const de = inLanguage("de");

/** Sets the language of messages from now on, where there is no app that would choose one. */
export function speaking(language: Language): Language {
  overwriteGetLocale(() => language);
  return language;
}
