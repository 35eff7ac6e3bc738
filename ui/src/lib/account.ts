/** Small questions about an account. */
import type { AccountView, Field, Identifier } from "./contract";

/** The value of a field, null when it is not set or switched off. */
export function valueOf<T>(field: Field<T>): T | null {
  return field.access === "off" ? null : (field.value ?? null);
}

/** What one signs in with, as a person reads it. How a phone number is written is the server's to say. */
export function identifierText(account: AccountView, kind: Identifier): string | null {
  const value = valueOf(account[kind]) || null;
  return value && kind === "phone" ? (account.phone_formatted ?? value) : value;
}

/** What to call the account: the name, else what signs it in, else its id. Never empty. */
export function displayName(account: AccountView): string {
  return (
    valueOf(account.name)?.trim() || valueOf(account.username) || valueOf(account.email) || account.user_id
  );
}

/** How to address the person: the given name where it may be seen. */
export function addressName(account: AccountView): string {
  return valueOf(account.profile)?.given_name?.trim() || displayName(account);
}
