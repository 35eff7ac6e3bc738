/** Names and lifetimes of tokens: what can be entered, and the texts for it. */
import { type CommandError, LIMITS } from "../../lib/contract";
import { hasVisible } from "../../lib/invisible";
import { m } from "../../lib/paraglide/messages";

/** The lifetimes in the list, in days. The list also has `null`, no expiry. */
export const LIFETIMES: readonly number[] = [7, 30, 90, 365];
export const USUAL_LIFETIME = 30;

/** `30 days`, `1 year`. */
export function lifetimeInWords(days: number, locale: string): string {
  const [count, unit] = days % 365 === 0 ? [days / 365, "year"] : [days, "day"];
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long" }).format(count);
}

/** Why a name cannot be used; the end of its message `access_tokens_name_…`. */
export type Mistake = "empty" | "too_long" | "taken" | "refused";

export function mistakeIn(name: string): Mistake | null {
  if (!hasVisible(name)) return "empty";
  return [...name].length > LIMITS.access_token_name ? "too_long" : null;
}

/** Why the server refused the name, which is shown at its field; null for any other error. */
export function refusalOf({ code, field }: CommandError): Mistake | null {
  if (code === "identifier_unavailable") return "taken";
  return code === "invalid_value" && field !== "lifetime_days" ? "refused" : null;
}

export function mistakeInWords(mistake: Mistake): string {
  return mistake === "too_long"
    ? m.access_tokens_name_too_long({ count: LIMITS.access_token_name })
    : m[`access_tokens_name_${mistake}`]();
}

/** The token's name as part of an id: without white space, which parts the ids in `aria-describedby`. */
export const idOf = (name: string): string => encodeURIComponent(name);
