/** What is typed, per kind of field, and what it means. A draft is plain texts, so that nothing typed is lost. */
import type { Address } from "../../lib/contract";
import { ADDRESS_PARTS, type FieldShape, type Kind, type Value } from "./fields";

/** `{ text }` for one input, the parts' names for several. */
export type Draft = Record<string, string>;

/** Why a draft cannot be sent; the key of its words in `texts.profile.invalid`. */
export type Invalid = "empty" | "tooLong" | "https" | "url" | "date" | "timeZone" | "locale" | "refused";

export type Meaning = { kind: "value"; value: Value } | { kind: "invalid"; reason: Invalid };

const value = (of: Value): Meaning => ({ kind: "value", value: of });
const invalid = (reason: Invalid): Meaning => ({ kind: "invalid", reason });

export function toDraft(kind: Kind, present: Value): Draft {
  if (kind === "address") {
    const address = typeof present === "object" ? present : null;
    return Object.fromEntries(ADDRESS_PARTS.map((part) => [part, address?.[part] ?? ""]));
  }
  const text = typeof present === "string" ? present : "";
  if (kind === "birthdate") {
    const parts = /^(\d{4})(?:-(\d{2})-(\d{2}))?$/.exec(text);
    const number = (part: string | undefined) => (part && Number(part) > 0 ? String(Number(part)) : "");
    return { year: number(parts?.[1]), month: number(parts?.[2]), day: number(parts?.[3]) };
  }
  return { text };
}

export function meaningOf(shape: FieldShape, draft: Draft): Meaning {
  if (shape.kind === "address") return addressMeaning(draft, shape.limit);
  if (shape.kind === "birthdate") return birthdateMeaning(draft);
  const text = (draft.text ?? "").trim();
  if (!text) return shape.required ? invalid("empty") : value(null);
  if ([...text].length > shape.limit) return invalid("tooLong");
  if (shape.kind === "picture" || shape.kind === "web_address") {
    if (!isWebAddress(text, shape.httpsOnly ?? false)) return invalid(shape.httpsOnly ? "https" : "url");
  }
  if (shape.kind === "time_zone") {
    const zone = canonicalTimeZone(text);
    return zone ? value(zone) : invalid("timeZone");
  }
  if (shape.kind === "language") {
    const tag = canonicalLanguage(text);
    return tag ? value(tag) : invalid("locale");
  }
  return value(text);
}

/** Whether a text is an https (or http) address with a host. */
export function isWebAddress(text: string, httpsOnly: boolean): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return hostname !== "" && (protocol === "https:" || (!httpsOnly && protocol === "http:"));
}

/** The zone as the system spells it, typed in any case; null when there is none. */
export function canonicalTimeZone(text: string): string | null {
  const wanted = text.replaceAll(" ", "_").toLowerCase();
  const listed = Intl.supportedValuesOf("timeZone").find((zone) => zone.toLowerCase() === wanted);
  if (listed) return listed;
  try {
    // Names that are links (“UTC”, “Asia/Calcutta”) are not in the list but valid: keep them as typed.
    return new Intl.DateTimeFormat("en", { timeZone: text }) && text;
  } catch {
    return null;
  }
}

/** A language tag in its canonical spelling; null when the text is none. */
export function canonicalLanguage(text: string): string | null {
  try {
    return Intl.getCanonicalLocales(text.replaceAll("_", "-"))[0] ?? null;
  } catch {
    return null;
  }
}

function birthdateMeaning(draft: Draft): Meaning {
  const [year, month, day] = [draft.year, draft.month, draft.day].map((part) => (part ?? "").trim());
  if (!year && !month && !day) return value(null);
  if (year && !/^\d{4}$/.test(year)) return invalid("date");
  if (year && Number(year) < 1) return invalid("date");
  if (!month && !day) return value(year ?? null);
  if (!/^\d{1,2}$/.test(month ?? "") || !/^\d{1,2}$/.test(day ?? "")) return invalid("date");
  // A leap year stands in where the year is not given, so that 29 February is a birthday.
  const date = new Date(Date.UTC(2000, Number(month) - 1, Number(day)));
  if (year) date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return invalid("date");
  return value(`${year || "0000"}-${month?.padStart(2, "0")}-${day?.padStart(2, "0")}`);
}

function addressMeaning(draft: Draft, limit: number): Meaning {
  const part = (key: keyof Address) => (draft[key] ?? "").trim() || null;
  const parts = ADDRESS_PARTS.map((key) => [key, part(key)] as const);
  if (parts.some(([, text]) => text && [...text].length > limit)) return invalid("tooLong");
  if (parts.every(([, text]) => text === null)) return value(null);
  return value(Object.fromEntries(parts) as unknown as Address);
}
