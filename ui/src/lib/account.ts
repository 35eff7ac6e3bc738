/** Helpers for an account. */
import type { AccountView, Field, Identifier, Page } from "./contract";
import { hasVisible } from "./invisible";

/** Returns the value of a field, null when it is not set or switched off. */
export function valueOf<T>(field: Field<T>): T | null {
  return field.access === "off" ? null : (field.value ?? null);
}

/** Returns an identifier, formatted for users. The server formats phone numbers. */
export function identifierText(account: AccountView, kind: Identifier): string | null {
  const value = valueOf(account[kind]) || null;
  return value && kind === "phone" ? (account.phone_formatted ?? value) : value;
}

/** Returns the title of the account: the name, else an identifier, else its id. Never empty. */
export function displayName(account: AccountView): string {
  const name = valueOf(account.name)?.trim() ?? "";
  return (hasVisible(name) && name) || valueOf(account.username) || valueOf(account.email) || account.user_id;
}

/** Returns how to address the user: the given name where it is visible. */
export function addressName(account: AccountView): string {
  const given = valueOf(account.profile)?.given_name?.trim() ?? "";
  return hasVisible(given) ? given : displayName(account);
}

/** Whether there is anything of a field to show: a value, an action, or that this app cannot change it. */
export function isShown(field: Field<unknown>): boolean {
  if (field.access !== "read_only") return field.access === "edit";
  return (field.value ?? null) !== null || field.reason === "unsupported";
}

/** Whether Profile has anything to show, organisations and roles aside. */
export function hasProfile({ name, avatar, profile, custom_fields }: AccountView): boolean {
  const fields = [name, avatar, ...custom_fields.map(({ value }) => value)];
  const values = profile.access === "off" ? [] : Object.values(profile.value ?? {});
  return (
    fields.some(isShown) || profile.access === "edit" || values.some((value) => (value ?? null) !== null)
  );
}

/** Whether there is a password, an identifier, a sign-in method or a work account to show. */
export function hasSecurity(account: AccountView): boolean {
  const { sign_in_ways, enterprise, username, email, phone, password } = account;
  return (
    sign_in_ways.length > 0 ||
    enterprise.identities.length > 0 ||
    [username, email, phone].some(isShown) ||
    isPasswordShown(password)
  );
}

/** A password that is not set and cannot be set here is not shown. */
export function isPasswordShown(field: Field<boolean>): boolean {
  return field.access === "edit" || (field.access === "read_only" && field.value === true);
}

/** Whether an identifier, or the password, can be set here: a new address is proven by a code. */
export function canSet(account: AccountView, kind: Identifier | "password"): boolean {
  const isProven = kind === "username" || kind === "password" || account.code_routes.includes(kind);
  return account[kind].access === "edit" && isProven;
}

/** Whether the account has anything for a page. On the page of organisations and roles, these alone are enough. */
export function isOffered(account: AccountView, page: Page): boolean {
  if (page === "devices") return account.sessions.access !== "off" || account.access_tokens.access !== "off";
  if (page === "linked") return account.social.access !== "off";
  return page !== "security" || hasSecurity(account);
}
