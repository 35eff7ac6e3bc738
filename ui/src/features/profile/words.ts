/** The words of a field: ours for a standard one, the organisation's own for one that it adds. */
import type { Texts } from "../../lib/texts/en";
import type { Problem } from "./drafts";
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

/** Longest name of a field on a button, in characters: with its verb it still stands on one line. */
const BUTTON_LIMIT = 24;

/** A field's name as part of a button's words: cut when it is long, for the verb may come after it. */
export function onButton({ inSentence }: FieldWords): string {
  const letters = [...inSentence];
  if (letters.length <= BUTTON_LIMIT) return inSentence;
  return `${letters
    .slice(0, BUTTON_LIMIT - 1)
    .join("")
    .trimEnd()}…`;
}

/** The limits that the organisation has set for what is typed; empty when there are none. */
export function ruleOf(shape: FieldShape, texts: Texts, locale: string): string {
  if (shape.kind !== "number" && shape.kind !== "measured_text") return "";
  const rules = texts.profile.rules[shape.kind];
  const say = (limit: number) => numberInWords(limit, locale);
  const { least, most } = shape;
  if (least === null) return most === null ? "" : rules.most(say(most));
  if (most === null) return rules.least(say(least));
  return least === most ? rules.exactly(say(least)) : rules.between(say(least), say(most));
}

/** What is wrong with a draft. */
export function problemInWords(problem: Problem, texts: Texts, locale: string): string {
  const said = reasonInWords(problem, texts, locale);
  return problem.part ? texts.profile.inPart(texts.profile.address[problem.part], said) : said;
}

function reasonInWords(problem: Problem, texts: Texts, locale: string): string {
  const words = texts.profile.invalid;
  if ("limit" in problem) return words[problem.reason](numberInWords(problem.limit, locale));
  if (problem.reason === "number") return words.number(numberInWords(1234.5, locale));
  return words[problem.reason];
}
