/** Numbers as a person types and reads them. We group no digits: nobody knows whether they count or are a code. */

/** As it is read: `1234.5`, in German `1234,5`. */
export function numberInWords(value: number, locale: string): string {
  return new Intl.NumberFormat(locale, { useGrouping: false, maximumSignificantDigits: 21 }).format(value);
}

/** As it is typed: every digit that the number has, with the person's decimal separator. */
export function numberToType(value: number, locale: string): string {
  return String(value).replace(".", separators(locale).decimal);
}

/**
 * What was typed as a number; null when it is none. Groups of three digits may be set apart as the language does it,
 * by spaces or by apostrophes; anything that could be read in two ways is none.
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
