/** A birthday in the three forms of OpenID Connect: whole, without the year (`0000-MM-DD`), or the year alone. */

export interface BirthdateWords {
  text: string;
  /** What is not known, if anything; the key of its words. */
  missing: "year_only" | "no_year" | null;
}

export function birthdateInWords(value: string, locale: string): BirthdateWords {
  if (/^\d{4}$/.test(value)) return { text: value, missing: "year_only" };
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(value);
  if (!parts) return { text: value, missing: null };
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  const date = new Date(Date.UTC(2000, month - 1, day));
  if (year > 0) date.setUTCFullYear(year, month - 1, day);
  const format: Intl.DateTimeFormatOptions =
    year > 0 ? { dateStyle: "long", timeZone: "UTC" } : { month: "long", day: "numeric", timeZone: "UTC" };
  return { text: new Intl.DateTimeFormat(locale, format).format(date), missing: year > 0 ? null : "no_year" };
}

/** The names of the months, January first. */
export function monthNames(locale: string): string[] {
  const format = new Intl.DateTimeFormat(locale, { month: "long", timeZone: "UTC" });
  return Array.from({ length: 12 }, (_, month) => format.format(Date.UTC(2000, month, 1)));
}

/** Day, month and year in the order in which the language writes them. */
export function partOrder(locale: string): ("day" | "month" | "year")[] {
  return new Intl.DateTimeFormat(locale, { dateStyle: "short" })
    .formatToParts(0)
    .flatMap(({ type }) => (type === "day" || type === "month" || type === "year" ? [type] : []));
}
