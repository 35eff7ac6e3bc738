/** Drafts: what is typed, per kind of field, and the value it means. A draft is plain texts, so that nothing typed is lost. */
import type { Address } from "../../lib/contract";
import { calendarDay, type DayParts, readDate, writeDate } from "./dates";
import { ADDRESS_PARTS, type FieldShape, type Input, type Limits, type Value } from "./fields";
import { hasVisible, trimInvisible } from "../../lib/invisible";
import { numberToType, typedNumber } from "./numbers";

/** `{ text }` for one input (a checkbox: `true`, `false` or, not set, nothing), the parts' names for several. */
export type Draft = Record<string, string>;

/** Why a draft cannot be sent; the end of its message `profile_invalid_…`. */
export type Reason =
  | "empty"
  | "https"
  | "url"
  | "date"
  | "whole_date"
  | "time_zone"
  | "locale"
  | "number"
  | "pattern"
  | "refused";
export type Crossing = "too_short" | "too_long" | "too_small" | "too_large";

/** The issue of a draft, the limit that it exceeds if there is one, and the part of an address that it concerns. */
export type Problem = { part?: keyof Address } & ({ reason: Reason } | { reason: Crossing; limit: number });

export type Meaning = { kind: "value"; value: Value } | { kind: "invalid"; problem: Problem };

const value = (of: Value): Meaning => ({ kind: "value", value: of });
const invalid = (reason: Reason): Meaning => ({ kind: "invalid", problem: { reason } });
const beyond = (reason: Crossing, limit: number): Meaning => ({
  kind: "invalid",
  problem: { reason, limit },
});

/** Returns the content of the inputs when an edit starts. A value that they cannot show leaves them empty. */
export function toDraft(input: Input, present: Value, locale: string): Draft {
  if (input.kind === "address") {
    const address = typeof present === "object" ? present : null;
    return Object.fromEntries(ADDRESS_PARTS.map((part) => [part, address?.[part] ?? ""]));
  }
  if (input.kind === "checkbox") return { text: typeof present === "boolean" ? String(present) : "" };
  const text = typeof present === "number" ? numberToType(present, locale) : present;
  const typed = typeof text === "string" ? text : "";
  if (input.kind === "birthdate") return birthdateDraft(typed);
  if (input.kind === "date")
    return { ...(readDate(input.format, typed) ?? { year: "", month: "", day: "" }) };
  if (input.kind === "select" && !input.options.some((option) => option.value === typed)) return { text: "" };
  // A single-line input would drop the others.
  const isShown = hasVisible(typed) && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(typed);
  return { text: isShown ? typed : "" };
}

/** Returns the value of the inputs. Numbers are read as `locale` writes them. `from` is the value when the edit started. */
export function meaningOf(shape: FieldShape, draft: Draft, locale: string, from: Value = null): Meaning {
  const meaning = read(shape, draft, locale, from);
  const clears = meaning.kind === "value" && meaning.value === null;
  return clears && shape.required ? invalid("empty") : meaning;
}

function read(input: Input, draft: Draft, locale: string, from: Value): Meaning {
  if (input.kind === "address") return addressMeaning(draft, input.limits, from);
  if (input.kind === "birthdate") return birthdateMeaning(draft);
  if (input.kind === "date") return dateMeaning(draft, input.format);
  if (input.kind === "checkbox") return value(draft.text === "true");
  if (input.kind === "select") return value(draft.text || null);
  const text = typedIn(input, draft);
  if (!hasVisible(text)) return value(null);
  switch (input.kind) {
    case "number":
      return numberMeaning(text, input, locale);
    case "measured_text":
      return measuredMeaning(text, input);
    case "pattern":
      return text.length > input.limit ? beyond("too_long", input.limit) : value(text);
    case "other":
      return invalid("refused");
  }
  if (isLong(text, input.limit)) return beyond("too_long", input.limit);
  if (input.kind === "picture" || input.kind === "web_address") {
    if (!isWebAddress(text, input.httpsOnly ?? false)) return invalid(input.httpsOnly ? "https" : "url");
  }
  if (input.kind === "time_zone") {
    const zone = canonicalTimeZone(text);
    if (zone && isLong(zone, input.limit)) return beyond("too_long", input.limit);
    return zone ? value(zone) : invalid("time_zone");
  }
  if (input.kind === "language") {
    const tag = canonicalLanguage(text);
    if (tag && isLong(tag, input.limit)) return beyond("too_long", input.limit);
    return tag ? value(tag) : invalid("locale");
  }
  return value(text);
}

/** Addresses and the like lose invisible characters at their ends; in a name these may belong to an emoji. */
function typedIn({ kind }: Input, draft: Draft): string {
  const typed = draft.text ?? "";
  return kind === "text" || kind === "measured_text" || kind === "pattern"
    ? typed.trim()
    : trimInvisible(typed);
}

const isLong = (text: string, limit: number) => [...text].length > limit;

/** Whether a text is an https (or http) address with a host. A browser would repair `https:/host` and `https:\\\\host`. */
export function isWebAddress(text: string, httpsOnly: boolean): boolean {
  const authority = /^https?:\/\/([^/?#]+)/i.exec(text)?.[1];
  if (!authority || authority.endsWith(":") || text.includes("\\") || !URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return hostname !== "" && (protocol === "https:" || (!httpsOnly && protocol === "http:"));
}

/** Returns the zone as the system spells it, typed in any case; null when there is none. */
export function canonicalTimeZone(text: string): string | null {
  const wanted = text.replaceAll(" ", "_").toLowerCase();
  const listed = Intl.supportedValuesOf("timeZone").find((zone) => zone.toLowerCase() === wanted);
  if (listed) return listed;
  // `Intl` accepts an offset from UTC as a zone, the server does not.
  if (!/^[a-z]/i.test(text)) return null;
  try {
    // Names that are links (“UTC”, “Asia/Calcutta”) are not in the list but valid: keep them as typed.
    return new Intl.DateTimeFormat("en", { timeZone: text }) && text;
  } catch {
    return null;
  }
}

/** Returns a language tag in its canonical spelling; null when the text is none. */
export function canonicalLanguage(text: string): string | null {
  try {
    return Intl.getCanonicalLocales(text.replaceAll("_", "-"))[0] ?? null;
  } catch {
    return null;
  }
}

function numberMeaning(text: string, { least, most }: Limits, locale: string): Meaning {
  const number = typedNumber(text, locale);
  if (number === null) return invalid("number");
  if (least !== null && number < least) return beyond("too_small", least);
  if (most !== null && number > most) return beyond("too_large", most);
  return value(number);
}

function measuredMeaning(text: string, { least, most, limit }: Limits & { limit: number }): Meaning {
  const longest = Math.min(most ?? limit, limit);
  if (least !== null && text.length < least) return beyond("too_short", least);
  if (text.length > longest) return beyond("too_long", longest);
  return value(text);
}

function dayParts(draft: Draft): DayParts {
  const part = (key: keyof DayParts) => (draft[key] ?? "").trim();
  return { year: part("year"), month: part("month"), day: part("day") };
}

function dateMeaning(draft: Draft, format: string): Meaning {
  const parts = dayParts(draft);
  if (!parts.year && !parts.month && !parts.day) return value(null);
  const date = writeDate(format, parts);
  return date === null ? invalid("whole_date") : value(date);
}

function birthdateDraft(text: string): Draft {
  const parts = /^(\d{4})(?:-(\d{2})-(\d{2}))?$/.exec(text);
  const number = (part: string | undefined) => (part && Number(part) > 0 ? String(Number(part)) : "");
  return { year: number(parts?.[1]), month: number(parts?.[2]), day: number(parts?.[3]) };
}

function birthdateMeaning(draft: Draft): Meaning {
  const { year, month, day } = dayParts(draft);
  if (!year && !month && !day) return value(null);
  if (year && !/^\d{4}$/.test(year)) return invalid("date");
  if (year && Number(year) < 1) return invalid("date");
  if (!month && !day) return value(year);
  if (!/^\d{1,2}$/.test(month) || !/^\d{1,2}$/.test(day)) return invalid("date");
  // A leap year is used where the year is not given, so that 29 February is a birthday.
  if (!calendarDay(Number(year || "2000"), Number(month), Number(day))) return invalid("date");
  return value(`${year || "0000"}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`);
}

/** Keeps parts that are not edited, whatever other programs wrote there. */
function addressMeaning(draft: Draft, limits: Readonly<Record<keyof Address, number>>, from: Value): Meaning {
  const before = typeof from === "object" ? from : null;
  const parts = ADDRESS_PARTS.map((key) => {
    const present = before?.[key] ?? null;
    const typed = draft[key] ?? "";
    const isEdited = typed !== (present ?? "");
    const edited = hasVisible(typed) ? typed.trim() : null;
    return { key, text: isEdited ? edited : present, isEdited };
  });
  const long = parts.find(({ key, text, isEdited }) => isEdited && text && isLong(text, limits[key]))?.key;
  if (long) return { kind: "invalid", problem: { part: long, reason: "too_long", limit: limits[long] } };
  if (parts.every(({ text }) => text === null)) return value(null);
  return value(Object.fromEntries(parts.map(({ key, text }) => [key, text])) as unknown as Address);
}
