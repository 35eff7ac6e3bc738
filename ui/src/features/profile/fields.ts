/**
 * What Profile shows, in order: each field with its icon, its kind of input, its limits, and the command that
 * changes it. Adding a field is one line here and its words in `lib/texts`.
 */
import type { IconName } from "../../lib/components/icons";
import type { AccountView, Address, Change, Field, Profile, ProfileUpdateRequest } from "../../lib/contract";

export type Kind = "text" | "picture" | "web_address" | "birthdate" | "time_zone" | "language" | "address";
/** What one field holds; `null` means not set. */
export type Value = string | Address | null;

export interface FieldShape {
  key: FieldKey;
  icon: IconName;
  kind: Kind;
  /** Longest text, in characters. */
  limit: number;
  /** True when it cannot be cleared. */
  required?: boolean;
  /** Only https, not http. */
  httpsOnly?: boolean;
}

export type AccountKey = "name" | "avatar";
export type FieldKey = AccountKey | keyof Profile;
export type CardKey = "account" | "names" | "contact" | "region";

export const CARDS: readonly { key: CardKey; fields: readonly FieldShape[] }[] = [
  {
    key: "account",
    fields: [
      { key: "name", icon: "user", kind: "text", limit: 128, required: true },
      { key: "avatar", icon: "image", kind: "picture", limit: 2048, httpsOnly: true },
    ],
  },
  {
    key: "names",
    fields: [
      { key: "given_name", icon: "badge", kind: "text", limit: 128 },
      { key: "middle_name", icon: "badge", kind: "text", limit: 128 },
      { key: "family_name", icon: "badge", kind: "text", limit: 128 },
      { key: "nickname", icon: "smile", kind: "text", limit: 128 },
      { key: "preferred_username", icon: "at", kind: "text", limit: 128 },
      { key: "gender", icon: "user", kind: "text", limit: 128 },
      { key: "birthdate", icon: "calendar", kind: "birthdate", limit: 10 },
    ],
  },
  {
    key: "contact",
    fields: [
      { key: "profile", icon: "link", kind: "web_address", limit: 2048, httpsOnly: true },
      { key: "website", icon: "globe", kind: "web_address", limit: 2048 },
      { key: "address", icon: "pin", kind: "address", limit: 1024 },
    ],
  },
  {
    key: "region",
    fields: [
      { key: "locale", icon: "speech", kind: "language", limit: 35 },
      { key: "zoneinfo", icon: "clock", kind: "time_zone", limit: 64 },
    ],
  },
];

/** What may be done with a field, and its value. All standard profile fields share one permission. */
export function fieldOf(account: AccountView, key: FieldKey): Field<string | Address> {
  if (key === "name" || key === "avatar") return account[key];
  const profile = account.profile;
  if (profile.access === "off") return profile;
  return { ...profile, value: profile.value?.[key] ?? null };
}

/** The command and its request for one changed field. */
export function requestFor(key: FieldKey, from: Value, to: Value) {
  const change = { from, to };
  if (key === "name" || key === "avatar") {
    return { command: "account_update", request: { [key]: change as Change<string> } } as const;
  }
  return { command: "profile_update", request: { [key]: change } as ProfileUpdateRequest } as const;
}

/** Whether two values are the same to a server; parts of an address that are missing count as not set. */
export function sameValue(one: Value, other: Value): boolean {
  if (typeof one === "string" || typeof other === "string") return one === other;
  return ADDRESS_PARTS.every((part) => (one?.[part] || null) === (other?.[part] || null));
}

export const ADDRESS_PARTS = [
  "street_address",
  "postal_code",
  "locality",
  "region",
  "country",
  "formatted",
] as const satisfies readonly (keyof Address)[];

/** The parts of an address that are set, in the order in which they are read. */
export function addressLines(address: Address): string[] {
  const city = [address.postal_code, address.locality].filter(Boolean).join(" ");
  const lines = [address.street_address, city, address.region, address.country].flatMap((line) =>
    line ? line.split("\n") : [],
  );
  return lines.length > 0 ? lines : (address.formatted?.split("\n") ?? []);
}
