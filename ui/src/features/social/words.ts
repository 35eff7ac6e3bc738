/** Names of providers and accounts, and what is said and offered when a link fails. */
import type {
  Code,
  CommandError,
  SocialAccountView,
  SocialLinking,
  SocialProviderView,
  SocialView,
} from "../../lib/contract";
import { presentation } from "../../lib/errors/presentation";
import { hasVisible } from "../../lib/invisible";
import { m } from "../../lib/paraglide/messages";

/** What is known of an account, linked or not. */
type Known = Pick<SocialAccountView, "name" | "email">;

/** A target or key as part of an id: without white space, which parts the ids in `aria-describedby`. */
export const idOf = (text: string): string => encodeURIComponent(text);

const visible = (text: string | null): string | null => (text && hasVisible(text) ? text.trim() : null);

/** The provider's name, else its target. */
export function providerName(target: string, name: string | null): string {
  return visible(name) ?? target;
}

/** The name of a target's provider as far as the list has it. */
export function providerIn(view: SocialView | null, target: string): string {
  const provider = view?.providers.find((entry) => entry.target === target)?.name;
  return providerName(target, provider ?? linkedIn(view, target)?.provider ?? null);
}

/** The account of a target that is linked. */
export function linkedIn(view: SocialView | null, target: string): SocialAccountView | null {
  return view?.accounts.find((entry) => entry.target === target) ?? null;
}

/** Where an account of a provider can be linked. */
export type LinkingPlace = SocialLinking | "at_account_center";

/** Returns where an account of a provider can be linked. */
export const linkingAt = (view: SocialView, { linking }: SocialProviderView): LinkingPlace =>
  linking === "at_sign_in" && view.account_center ? "at_account_center" : linking;

/** Returns where an account of a target can be linked; nothing where its provider is not offered. */
export function linkingIn(view: SocialView | null, target: string): LinkingPlace | undefined {
  const provider = view?.providers.find((entry) => entry.target === target);
  return view && provider ? linkingAt(view, provider) : undefined;
}

/** The user's name and e-mail address at the provider, those that there are. */
export function partsOf({ name, email }: Known): string[] {
  return [visible(name), visible(email)].filter((part) => part !== null);
}

/** What tells an account from others of its provider; null when nothing is known of it. */
export const accountText = (account: Known | null): string | null =>
  account ? (partsOf(account)[0] ?? null) : null;

/** The end of the messages of failures whose texts name the provider. */
const NAMED = {
  social_declined: "declined",
  social_provider_failed: "failed",
  social_provider_unreachable: "unreachable",
  social_not_linkable: "not_linkable",
  identifier_unavailable: "taken",
} as const satisfies Partial<Record<Code, string>>;

/** Returns the texts of why the account page could not be opened, where those of the code tell of a link to copy. */
export function accountCenterFailureInWords(code: Code): { title: string; body: string } | undefined {
  if (code !== "browser_unavailable") return undefined;
  return { title: m.errors_browser_unavailable_title(), body: m.social_account_center_no_browser() };
}

/** Returns texts that say more than those of the code, where there are any. */
export function failureInWords(code: Code, provider: string): { title: string; body: string } | undefined {
  if (!(code in NAMED)) return undefined;
  const end = NAMED[code as keyof typeof NAMED];
  return {
    title: m[`social_failed_${end}_title`]({ provider }),
    body: m[`social_failed_${end}_body`]({ provider }),
  };
}

/** What is offered after a failure: another try, the link that is in the way, or nothing. */
export function offerAfter({ code }: CommandError): "again" | "other" | null {
  if (code === "social_link_in_progress") return "other";
  const again = code === "identifier_unavailable" || code === "browser_unavailable";
  return again || presentation[code].next === "retry" ? "again" : null;
}
