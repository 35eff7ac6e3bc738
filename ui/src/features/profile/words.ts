/** The words of a field: ours for a standard one, the organisation's own for one that it adds. */
import type { Texts } from "../../lib/texts/en";
import type { Invalid } from "./drafts";
import type { FieldShape } from "./fields";
import { numberInWords } from "./numbers";

export interface FieldWords {
  label: string;
  /** The label within a sentence. */
  inSentence: string;
  hint: string;
  /** An example, shown while nothing is typed. */
  placeholder?: string | undefined;
}

export function wordsOf(shape: FieldShape, texts: Texts): FieldWords {
  if (!shape.definition) return texts.profile.fields[shape.key];
  const { name, label, description, placeholder } = shape.definition;
  const shown = label || name;
  return { label: shown, inSentence: shown, hint: description ?? "", placeholder: placeholder || undefined };
}

/** The limits that the organisation has set for what is typed; empty when there are none. */
export function ruleOf(shape: FieldShape, texts: Texts, locale: string): string {
  const words = texts.profile.rules;
  if (shape.kind !== "number" && shape.kind !== "measured_text") return "";
  const { between, least, most } = shape.kind === "number" ? words.number : words.length;
  const say = (limit: number) => numberInWords(limit, locale);
  if (shape.least !== null && shape.most !== null) return between(say(shape.least), say(shape.most));
  if (shape.least !== null) return least(say(shape.least));
  return shape.most === null ? "" : most(say(shape.most));
}

/** What is wrong with a draft. */
export function problemOf(reason: Invalid, shape: FieldShape, texts: Texts, locale: string): string {
  const words = texts.profile.invalid;
  switch (reason) {
    case "tooLong":
      return words.tooLong(
        "limit" in shape ? shape.limit : shape.kind === "measured_text" ? (shape.most ?? 0) : 0,
      );
    case "tooShort":
    case "outside":
      return words.outside(ruleOf(shape, texts, locale));
    case "number":
      return words.number(numberInWords(1234.5, locale));
    default:
      return words[reason];
  }
}
