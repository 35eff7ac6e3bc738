/** Calendar days: as they are stored, typed and shown. */

export interface DayParts {
  year: string;
  month: string;
  day: string;
}

/** Returns the day of three numbers, at midnight UTC; null when there is no such day. */
export function calendarDay(year: number, month: number, day: number): Date | null {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return year > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date : null;
}

/** Formats a whole date with `yyyy`, `MM` and `dd`; null when the parts are no date. */
export function writeDate(format: string, { year, month, day }: DayParts): string | null {
  if (!/^\d{4}$/.test(year) || !/^\d{1,2}$/.test(month) || !/^\d{1,2}$/.test(day)) return null;
  if (!calendarDay(Number(year), Number(month), Number(day))) return null;
  return format
    .replace("yyyy", year)
    .replace("MM", month.padStart(2, "0"))
    .replace("dd", day.padStart(2, "0"));
}

/** Parses a date in a format; null when the text is no date. */
export function readDate(format: string, text: string): DayParts | null {
  const found = new Map(
    ["yyyy", "MM", "dd"].map((part) => [part, text.slice(format.indexOf(part)).slice(0, part.length)]),
  );
  const plain = (part: string) => String(Number(found.get(part)));
  const parts = { year: found.get("yyyy") ?? "", month: plain("MM"), day: plain("dd") };
  return writeDate(format, parts) === text ? parts : null;
}

/** Formats a date in full; returns the text itself when it is not in the format. */
export function dateInWords(format: string, text: string, locale: string): string {
  const parts = readDate(format, text);
  const date = parts && calendarDay(Number(parts.year), Number(parts.month), Number(parts.day));
  return date ? new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone: "UTC" }).format(date) : text;
}

export interface BirthdateWords {
  text: string;
  /** What is unknown, if anything; the key of its message. */
  missing: "year_only" | "no_year" | null;
}

/** A birthday in the three forms of OpenID Connect: whole, without the year (`0000-MM-DD`), or the year alone. */
export function birthdateInWords(value: string, locale: string): BirthdateWords {
  if (/^\d{4}$/.test(value)) return { text: value, missing: "year_only" };
  const parts = /^0000-(\d{2})-(\d{2})$/.exec(value);
  if (!parts) return { text: dateInWords("yyyy-MM-dd", value, locale), missing: null };
  const format = new Intl.DateTimeFormat(locale, { month: "long", day: "numeric", timeZone: "UTC" });
  return { text: format.format(Date.UTC(2000, Number(parts[1]) - 1, Number(parts[2]))), missing: "no_year" };
}

/** The names of the months, January first. */
export function monthNames(locale: string): string[] {
  const format = new Intl.DateTimeFormat(locale, { month: "long", timeZone: "UTC" });
  return Array.from({ length: 12 }, (_, month) => format.format(Date.UTC(2000, month, 1)));
}

/** Day, month and year in the order in which the language writes them. */
export function partOrder(locale: string): (keyof DayParts)[] {
  return new Intl.DateTimeFormat(locale, { dateStyle: "short" })
    .formatToParts(0)
    .flatMap(({ type }) => (type === "day" || type === "month" || type === "year" ? [type] : []));
}
