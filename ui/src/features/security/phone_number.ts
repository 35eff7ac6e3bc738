/**
 * A typed phone number in the one spelling that the settings server reads, too (its `policy::phone_number`), by the same
 * rules: invisible characters are dropped, digits of every script count, and signs between them do not. Whether such a number
 * exists, and how it is written, only the server knows.
 */

/** A longer text is no number. */
const LONGEST = 64;
/** Directions of writing, joiners, soft hyphens: address books put them around numbers. */
const INVISIBLE = /\p{Cf}/gu;
const DIGIT = /^\p{Nd}$/u;
const BETWEEN = /^[\p{Zs}\p{Pd}\t./\u{2212}\u{30fc}\u{ff0e}\u{ff0f}]$/u;
const OPENING = /^[([\u{ff08}\u{ff3b}]$/u;
const CLOSING = /^[)\]\u{ff09}\u{ff3d}]$/u;

/** `+43(0)6641234567` of `0043 (0) 664/123 45 67`; null when it does not begin with a country code or has anything else in it. */
export function plainNumber(typed: string): string | null {
  const signs = [...typed.replace(INVISIBLE, "").trim()];
  if (signs.length > LONGEST) return null;
  const plain: string[] = [];
  for (const [index, sign] of signs.entries()) {
    if (DIGIT.test(sign)) plain.push(String(digitOf(sign)));
    else if (OPENING.test(sign)) plain.push("(");
    else if (CLOSING.test(sign)) plain.push(")");
    else if (index === 0 && (sign === "+" || sign === "\u{ff0b}")) plain.push("+");
    else if (!BETWEEN.test(sign)) return null;
  }
  const text = plain.join("").replace(/^00/, "+");
  return /^\+[1-9]/.test(text) ? text : null;
}

/** Whether a plain number has exactly these digits, with or without a zero in parentheses. */
export const hasDigits = (plain: string, digits: string): boolean =>
  [plain, plain.replace("(0)", "")].some((text) => text.replaceAll(/\D/g, "") === digits);

/** Unicode lists the digits of a script from 0 to 9, one set after the other. */
function digitOf(sign: string): number {
  const code = sign.codePointAt(0) ?? 0;
  let before = 0;
  while (DIGIT.test(String.fromCodePoint(code - before - 1))) before++;
  return before % 10;
}
