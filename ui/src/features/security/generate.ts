/** Generated passwords: each character is drawn uniformly from the system's random numbers. */
import type { PasswordRules } from "../../lib/contract";
import { issuesIn, type OwnData } from "./rules";

const USUAL_LENGTH = 20;
/** What every keyboard and every tenant accepts, without what is easily misread: 0 and O, 1, l, I and |. */
const CHARACTERS = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789!#$%&*+-./:;=?@_";
/** Nearly every draw fulfils nearly all rules; where none does, the marks next to it show what it lacks. */
const DRAWS = 1_000;
/** Where the tenant's rules are not known: all four types of characters, which every policy accepts. */
const STRICT: PasswordRules = {
  min_length: 1,
  max_length: 256,
  min_character_types: 4,
  rejects_breached: true,
  rejects_repetition: true,
  rejects_user_info: true,
  rejected_words: [],
};

export function generate(rules: PasswordRules | null, own: OwnData): string {
  const { min_length, max_length } = rules ?? STRICT;
  const length = Math.min(Math.max(USUAL_LENGTH, min_length), max_length, STRICT.max_length);
  const wanted = { ...(rules ?? STRICT), min_character_types: Math.min(4, length) };
  let password = drawn(length);
  for (let draw = 1; draw < DRAWS && issuesIn(password, wanted, own).length > 0; draw++)
    password = drawn(length);
  return password;
}

function drawn(length: number): string {
  // A byte above the last whole multiple of the alphabet would favour its start, and is drawn again.
  const usable = 256 - (256 % CHARACTERS.length);
  let text = "";
  while (text.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(length - text.length)))
      if (byte < usable) text += CHARACTERS.charAt(byte % CHARACTERS.length);
  }
  return text;
}
