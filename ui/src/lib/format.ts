/** Dates, times and names of places, formatted for users. Contains no text of ours. */
import type { Language } from "./contract";

/** Returns the user's variety of a language (en-GB, de-AT) where the system names one. */
export function formatLocale(language: Language, wished: readonly string[]): string {
  return wished.find((tag) => tag.toLowerCase().split("-")[0] === language) ?? language;
}

const startOfDay = (at: Date) => new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();

/** Midnights between now and a time: -1 is yesterday. */
const daysFrom = (now: number, at: number) =>
  Math.round((startOfDay(new Date(at)) - startOfDay(new Date(now))) / 86_400_000);

/** `today at 08:12`, `yesterday` or `tomorrow at 17:40`, else the date with its time. Times are ms since the epoch. */
export function whenInWords(at: number, now: number, locale: string): string {
  const date = new Date(at);
  const days = daysFrom(now, at);
  if (Math.abs(days) <= 1) {
    const day = new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(days, "day");
    const time = new Intl.DateTimeFormat(locale, { timeStyle: "short" }).format(date);
    const joined = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "short" }).formatToParts(
      date,
    );
    // The word between date and time (“at”, “um”, a comma) depends on the language.
    const hour = joined.findIndex((part) => part.type === "hour");
    const between = hour > 0 ? (joined[hour - 1]?.value ?? " ") : " ";
    return `${day}${between}${time}`;
  }
  return new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "short" }).format(date);
}

/** A day in full. `at` is in ms since the epoch. */
export function dayInWords(at: number, locale: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: "long" }).format(new Date(at));
}

/** `today at 08:12`, `4 June`, or the day with its year where that is another: what a row has room for. */
export function dayOrTimeInWords(at: number, now: number, locale: string): string {
  if (Math.abs(daysFrom(now, at)) <= 1) return whenInWords(at, now, locale);
  const date = new Date(at);
  if (date.getFullYear() !== new Date(now).getFullYear()) return dayInWords(at, locale);
  return new Intl.DateTimeFormat(locale, { month: "long", day: "numeric" }).format(date);
}

/** What is left of a time, as minutes and seconds: `9:41`. `left` is in ms; never less than `0:00`. */
export function countdown(left: number): string {
  const seconds = Math.max(0, Math.ceil(left / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** `A, B and C` in the user's language. */
export function listInWords(items: readonly string[], locale: string): string {
  return new Intl.ListFormat(locale, { type: "conjunction" }).format(items);
}

/** `A, B or C` in the user's language. */
export function choiceInWords(items: readonly string[], locale: string): string {
  return new Intl.ListFormat(locale, { type: "disjunction" }).format(items);
}

/** The name of a language in another, or the tag itself when the system does not know it. */
export function languageInWords(tag: string, locale: string): string {
  try {
    return new Intl.DisplayNames([locale], { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

/** How far a time zone is from UTC now, e.g. `GMT+1`; null when there is no such zone. */
export function offsetInWords(zone: string, now: number, locale: string): string | null {
  try {
    const parts = new Intl.DateTimeFormat(locale, {
      timeZone: zone,
      timeZoneName: "shortOffset",
    }).formatToParts(now);
    return parts.find((part) => part.type === "timeZoneName")?.value ?? null;
  } catch {
    return null;
  }
}

/** Up to two letters for a user without a picture; null when the name has no letter or digit. */
export function initials(name: string): string | null {
  const words = name.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
  const letter = (word: string | undefined) =>
    [...(word ?? "")].find((sign) => /[\p{L}\p{N}]/u.test(sign)) ?? "";
  const pair = letter(words[0]) + (words.length > 1 ? letter(words.at(-1)) : "");
  return pair.toLocaleUpperCase() || null;
}

/** The part of a URL that a user can judge: host and, if unusual, the port. The text itself if it is no URL. */
export function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}

/** A span of minutes in its largest fitting unit: "5 minutes", "2 hours", "3 days". */
export function spanInWords(minutes: number, locale: string): string {
  const [count, unit] =
    minutes < 120 ? [minutes, "minute"] : minutes < 2880 ? [minutes / 60, "hour"] : [minutes / 1440, "day"];
  const words = new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long" });
  return words.format(Math.round(count));
}
