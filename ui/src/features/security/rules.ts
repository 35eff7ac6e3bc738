/**
 * The tenant's rules for passwords, as far as they can be ticked off while typing. The algorithm is
 * Logto's (`PasswordPolicyChecker` of its core-kit): lengths are UTF-16 code units; repetitions, sequences, words and
 * the user's own data are marked in the password together, and are refused only when they cover nearly all of it.
 * Whether a password is known from breaches, or is the current one, only the server can say.
 */
import { valueOf } from "../../lib/account";
import { type AccountView, LIMITS, type PasswordIssue, type PasswordRules } from "../../lib/contract";

/** The contract's maximum, whatever the tenant's is. */
const MOST = LIMITS.password;
/** The length from which repetitions and sequences count. */
const NOTICEABLE = 3;
/** How many characters in addition to the marked ones make a password acceptable. */
const TOLERANCE = 3;
/** A space is a symbol. */
const TYPES = [/[a-z]/, /[A-Z]/, /[0-9]/, /[ -/:-@[-`{-~]/] as const;
/** The alphabet, the digits, and the rows and columns of a keyboard; each counts backwards too. */
const SEQUENCES = [
  ...["0123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm"],
  ...["1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "8ik", "9ol"],
].flatMap((row) => [row, [...row].reverse().join("")]);

/** What a user should not use as a password: others may know it. */
export type OwnData = Record<"name" | "username" | "email" | "phone", string | null>;

export const ownDataOf = (account: AccountView): OwnData => ({
  name: valueOf(account.name),
  username: valueOf(account.username),
  email: valueOf(account.email),
  phone: valueOf(account.phone),
});

/** Returns the parts of it that are searched for: the name whole, without spaces and word by word, and e-mail up to the @. */
export function partsOf({ name, username, email, phone }: OwnData): string[] {
  const words = name ? [name, name.replaceAll(/\s+/g, ""), ...name.split(" ")] : [];
  return [...words, username, email?.split("@")[0], phone].filter((part): part is string => Boolean(part));
}

/** Returns each rule that a password breaks, as the server would. */
export function issuesIn(password: string, rules: PasswordRules, own: OwnData): PasswordIssue[] {
  const issues: PasswordIssue[] = [];
  const max = Math.min(rules.max_length, MOST);
  if (password.length < rules.min_length) issues.push({ kind: "too_short", min: rules.min_length });
  else if (password.length > max) issues.push({ kind: "too_long", max });
  if (/[^ -~]/.test(password)) {
    issues.push({ kind: "unsupported_characters" });
  } else if (TYPES.filter((type) => type.test(password)).length < rules.min_character_types) {
    issues.push({ kind: "character_types", min: rules.min_character_types });
  }
  return [...issues, ...easyToGuess(password, rules, own)];
}

type Easy = Extract<PasswordIssue, { kind: "repetition" | "sequence" | "word" | "user_info" }>;

function easyToGuess(password: string, rules: PasswordRules, own: OwnData): Easy[] {
  const lowered = password.toLowerCase();
  const found = new Map<Easy["kind"], [start: number, length: number][]>();
  if (rules.rejects_repetition) {
    found.set("repetition", repetitionsIn(lowered));
    found.set("sequence", sequencesIn(lowered));
  }
  found.set("word", phrasesIn(lowered, rules.rejected_words));
  if (rules.rejects_user_info) found.set("user_info", phrasesIn(lowered, partsOf(own)));

  const covered = new Set<number>();
  for (const places of found.values())
    for (const [start, length] of places)
      for (let index = start; index < start + length; index++) covered.add(index);
  if (covered.size <= Math.max(1, password.length - TOLERANCE)) return [];
  return [...found].filter(([, places]) => places.length > 0).map(([kind]) => ({ kind }));
}

const repetitionsIn = (text: string): [number, number][] =>
  [...text.matchAll(/(.)\1{2,}/gs)].map((match) => [match.index, match[0].length]);

function sequencesIn(text: string): [number, number][] {
  const places: [number, number][] = [];
  for (let start = 0; start + NOTICEABLE <= text.length; start++) {
    let end = start + 1;
    while (end < text.length && SEQUENCES.some((row) => row.includes(text.slice(start, end + 1)))) end++;
    if (end - start >= NOTICEABLE) places.push([start, end - start]);
  }
  return places;
}

function phrasesIn(text: string, phrases: readonly string[]): [number, number][] {
  const places: [number, number][] = [];
  for (const phrase of phrases.map((phrase) => phrase.toLowerCase()).filter((phrase) => phrase)) {
    for (let at = text.indexOf(phrase); at >= 0; at = text.indexOf(phrase, at + 1))
      places.push([at, phrase.length]);
  }
  return places;
}

/** A rule of the list. */
export type Rule =
  | { name: "length"; min: number; max: number }
  | { name: "types"; min: number }
  | { name: "words"; words: readonly string[] }
  | { name: "characters" | "repetition" | "sequence" | "own_data" | "breached" | "same" | "other" };

const RULE_OF = {
  too_short: "length",
  too_long: "length",
  character_types: "types",
  unsupported_characters: "characters",
  breached: "breached",
  repetition: "repetition",
  sequence: "sequence",
  user_info: "own_data",
  word: "words",
  same_as_present: "same",
  other: "other",
} as const satisfies Record<PasswordIssue["kind"], Rule["name"]>;

/** The rule that an issue breaks. A newer server may know issues that this page does not. */
const ruleOf = ({ kind }: PasswordIssue): Rule["name"] =>
  Object.hasOwn(RULE_OF, kind) ? RULE_OF[kind] : "other";

/** `later`: only the server can say. `missing`: not fulfilled yet, but further characters may. */
export type Mark = "met" | "missing" | "broken" | "later";

/**
 * The rules with their marks. `said` is the server's answer for this password: it takes precedence over what the page
 * finds, also where the rules have changed meanwhile. `tried`: the input is complete, so what is missing is wrong.
 */
export function marked(
  password: string,
  rules: PasswordRules | null,
  own: OwnData,
  options: { said: readonly PasswordIssue[]; hasPassword: boolean; tried: boolean },
): { rule: Rule; mark: Mark }[] {
  const { said, hasPassword, tried } = options;
  const thought = rules ? issuesIn(password, rules, own) : [];
  const named = new Set(said.map(ruleOf));
  const broken = new Set([...named, ...thought.map(ruleOf)]);
  // Issues that no further character fixes.
  const hopeless = thought.some(({ kind }) => kind === "too_long") ? ["length"] : [];
  return listed(rules, said, hasPassword, named).map((rule): { rule: Rule; mark: Mark } => {
    const { name } = rule;
    if (named.has(name)) return { rule, mark: "broken" };
    if (name === "breached" || name === "same") return { rule, mark: "later" };
    if (!broken.has(name)) return { rule, mark: password ? "met" : "missing" };
    const wrong = tried || name === "characters" || hopeless.includes(name);
    return { rule, mark: wrong && password ? "broken" : "missing" };
  });
}

function listed(
  rules: PasswordRules | null,
  said: readonly PasswordIssue[],
  hasPassword: boolean,
  named: ReadonlySet<Rule["name"]>,
): Rule[] {
  const bound = (kind: "too_short" | "too_long" | "character_types") => {
    const issue = said.find((issue) => issue.kind === kind);
    if (!issue) return undefined;
    return "min" in issue ? issue.min : "max" in issue ? issue.max : undefined;
  };
  const all: [Rule, boolean | undefined][] = [
    [
      {
        name: "length",
        min: bound("too_short") ?? rules?.min_length ?? 1,
        max: Math.min(bound("too_long") ?? rules?.max_length ?? MOST, MOST),
      },
      rules !== null,
    ],
    [
      { name: "types", min: bound("character_types") ?? rules?.min_character_types ?? 1 },
      (rules?.min_character_types ?? 1) > 1,
    ],
    [{ name: "characters" }, rules !== null],
    [{ name: "repetition" }, rules?.rejects_repetition],
    [{ name: "sequence" }, rules?.rejects_repetition],
    [{ name: "own_data" }, rules?.rejects_user_info],
    [{ name: "words", words: rules?.rejected_words ?? [] }, (rules?.rejected_words.length ?? 0) > 0],
    [{ name: "breached" }, rules?.rejects_breached],
    [{ name: "same" }, hasPassword],
    [{ name: "other" }, false],
  ];
  return all.filter(([rule, wanted]) => wanted || named.has(rule.name)).map(([rule]) => rule);
}
