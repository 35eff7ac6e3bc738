/** Small questions about an account. */
import type { AccountView, Field } from "./contract";

/** The value of a field, null when it is not set or switched off. */
export function valueOf<T>(field: Field<T>): T | null {
  return field.access === "off" ? null : (field.value ?? null);
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
