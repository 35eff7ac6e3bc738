/** The texts of a field: ours for a standard one, the organisation's for one that it adds. */
import { m } from "../../lib/paraglide/messages";
import type { Problem } from "./drafts";
import type { FieldShape, StandardKey } from "./fields";
import { numberInWords } from "./numbers";

export interface FieldWords {
  label: string;
  /** The label within a sentence. */
  inSentence: string;
  hint: string;
  /** An example, shown while nothing is typed. */
  placeholder?: string | undefined;
}

/** Only the fields that need one. */
const HINTS: Partial<Record<StandardKey, () => string>> = {
  name: m.profile_fields_name_hint,
  avatar: m.profile_fields_avatar_hint,
  nickname: m.profile_fields_nickname_hint,
  preferred_username: m.profile_fields_preferred_username_hint,
  gender: m.profile_fields_gender_hint,
  birthdate: m.profile_fields_birthdate_hint,
  profile: m.profile_fields_profile_hint,
  website: m.profile_fields_website_hint,
  zoneinfo: m.profile_fields_zoneinfo_hint,
  locale: m.profile_fields_locale_hint,
};

export function wordsOf(shape: FieldShape): FieldWords {
  if (!shape.definition) {
    const { key } = shape;
    return {
      label: m[`profile_fields_${key}_label`](),
      inSentence: m[`profile_fields_${key}_in_sentence`](),
      hint: HINTS[key]?.() ?? "",
    };
  }
  const { name, label, description, placeholder } = shape.definition;
  const shown = label || name;
  return { label: shown, inSentence: shown, hint: description ?? "", placeholder: placeholder || undefined };
}

/** Longest name of a field on a button, in characters: with the verb it still fits on one line. */
const BUTTON_LIMIT = 24;

/** Returns a field's name as part of a button's text: cut when it is long, because the verb may come after it. */
export function onButton({ inSentence }: FieldWords): string {
  const letters = [...inSentence];
  if (letters.length <= BUTTON_LIMIT) return inSentence;
  return `${letters
    .slice(0, BUTTON_LIMIT - 1)
    .join("")
    .trimEnd()}…`;
}

/** Describes the limits that the organisation has set for an input; empty when there are none. */
export function ruleOf(shape: FieldShape, locale: string): string {
  if (shape.kind !== "number" && shape.kind !== "measured_text") return "";
  const { kind, least, most } = shape;
  const bound = (count: number) => ({ count, limit: numberInWords(count, locale) });
  if (least === null) return most === null ? "" : m[`profile_rules_${kind}_most`](bound(most));
  if (most === null) return m[`profile_rules_${kind}_least`](bound(least));
  if (least === most) return m[`profile_rules_${kind}_exactly`](bound(least));
  return m[`profile_rules_${kind}_between`]({
    least: numberInWords(least, locale),
    most: numberInWords(most, locale),
  });
}

/** Describes the issue of a draft. */
export function problemInWords(problem: Problem, locale: string): string {
  const said = reasonInWords(problem, locale);
  return problem.part
    ? m.profile_in_part({ part: m[`profile_address_${problem.part}`](), words: said })
    : said;
}

function reasonInWords(problem: Problem, locale: string): string {
  if ("limit" in problem) {
    const { reason, limit } = problem;
    return m[`profile_invalid_${reason}`]({ count: limit, limit: numberInWords(limit, locale) });
  }
  if (problem.reason === "number")
    return m.profile_invalid_number({ example: numberInWords(1234.5, locale) });
  return m[`profile_invalid_${problem.reason}`]();
}
