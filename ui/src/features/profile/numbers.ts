/** Numbers as users type and read them. Digits are not grouped: the number may be a code. */

/** Formats a number for reading: `1234.5`, in German `1234,5`. */
export function numberInWords(value: number, locale: string): string {
  return new Intl.NumberFormat(locale, { useGrouping: false, maximumSignificantDigits: 21 }).format(value);
}

/** Formats a number for typing: every digit that it has, with the user's decimal separator. */
export function numberToType(value: number, locale: string): string {
  return String(value).replace(".", separators(locale).decimal);
}

/**
 * Parses what was typed as a number; null when it is none. Groups of three digits may be separated as in the language,
 * by spaces or by apostrophes; anything ambiguous is none.
 */
export function typedNumber(typed: string, locale: string): number | null {
  const { decimal, group } = separators(locale);
  const text = typed.trim().replace(/^−/, "-");
  const point = `[${decimal}]`;
  const between = `[${group}\\s'’]`;
  const plain = new RegExp(`^[+-]?(?:\\d+(?:${point}\\d*)?|${point}\\d+)(?:e[+-]?\\d+)?$`, "i");
  const grouped = new RegExp(`^[+-]?\\d{1,3}(?:${between}\\d{3})+(?:${point}\\d*)?$`);
  if (!plain.test(text) && !grouped.test(text)) return null;
  const number = Number(text.replace(new RegExp(between, "g"), "").replace(decimal, "."));
  return Number.isFinite(number) ? number : null;
}

function separators(locale: string): { decimal: string; group: string } {
  const parts = new Intl.NumberFormat(locale).formatToParts(1_234_567.8);
  const find = (type: string) => parts.find((part) => part.type === type)?.value;
  return { decimal: find("decimal") ?? ".", group: find("group") ?? " " };
}
