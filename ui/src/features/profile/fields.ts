/**
 * What Profile shows, in order: each field with its icon, what is typed into it, its limits, and the command that
 * changes it. Adding a standard field is one line here and its messages in `messages/`; what the organisation adds comes
 * with the account.
 */
import { isShown } from "../../lib/account";
import type { IconName } from "../../lib/components/icons";
import {
  type AccountView,
  type Address,
  type Change,
  type CustomField,
  type CustomFieldOption,
  type CustomValue,
  type Field,
  LIMITS,
  type Profile,
  type ProfileUpdateRequest,
} from "../../lib/contract";
import { customKey, type CustomKey, customShape } from "./custom";

/** The value of a field; `null` means not set. */
export type Value = CustomValue | Address | null;

/** The bounds of a number or of a length; `null` where there is none. */
export interface Limits {
  least: number | null;
  most: number | null;
}

/** The input of a field. */
export type Input =
  | {
      kind: "text" | "picture" | "web_address" | "time_zone" | "language";
      /** Longest text, in characters. */
      limit: number;
      /** Only https, not http. */
      httpsOnly?: boolean;
    }
  | {
      kind: "address";
      /** Longest text of each part, in characters. */
      limits: Readonly<Record<keyof Address, number>>;
    }
  | { kind: "birthdate" }
  /** A text whose minimum and maximum in UTF-16 code units the organisation has set; at most `limit`. */
  | ({ kind: "measured_text"; limit: number } & Limits)
  /** A text of at most `limit` UTF-16 code units that fits a pattern, which the server alone knows. */
  | { kind: "pattern"; limit: number }
  | ({ kind: "number" } & Limits)
  /** A whole date; `format` is made of `yyyy`, `MM` and `dd`, each once. */
  | { kind: "date"; format: string }
  | { kind: "checkbox" }
  | { kind: "select"; options: readonly CustomFieldOption[] }
  /** A value that cannot be typed here. */
  | { kind: "other" };

export type AccountKey = "name" | "avatar";
export type StandardKey = AccountKey | keyof Profile;
export type FieldKey = StandardKey | CustomKey;
export type CardKey = "account" | "names" | "contact" | "region" | "custom";

interface Common {
  icon: IconName;
  /** True when it cannot be cleared. */
  required?: boolean;
}
export type StandardShape = Common & Input & { key: StandardKey; definition?: undefined };
export type CustomShape = Common & Input & { key: CustomKey; definition: CustomField };
export type FieldShape = StandardShape | CustomShape;

export interface FieldCard {
  key: CardKey;
  fields: readonly FieldShape[];
}

export const CARDS: readonly { key: CardKey; fields: readonly StandardShape[] }[] = [
  {
    key: "account",
    fields: [
      { key: "name", icon: "user", kind: "text", limit: LIMITS.name, required: true },
      { key: "avatar", icon: "image", kind: "picture", limit: LIMITS.avatar, httpsOnly: true },
    ],
  },
  {
    key: "names",
    fields: [
      { key: "given_name", icon: "badge", kind: "text", limit: LIMITS.given_name },
      { key: "middle_name", icon: "badge", kind: "text", limit: LIMITS.middle_name },
      { key: "family_name", icon: "badge", kind: "text", limit: LIMITS.family_name },
      { key: "nickname", icon: "smile", kind: "text", limit: LIMITS.nickname },
      { key: "preferred_username", icon: "at", kind: "text", limit: LIMITS.preferred_username },
      { key: "gender", icon: "user", kind: "text", limit: LIMITS.gender },
      { key: "birthdate", icon: "calendar", kind: "birthdate" },
    ],
  },
  {
    key: "contact",
    fields: [
      { key: "profile", icon: "link", kind: "web_address", limit: LIMITS.profile, httpsOnly: true },
      { key: "website", icon: "globe", kind: "web_address", limit: LIMITS.website },
      { key: "address", icon: "pin", kind: "address", limits: LIMITS.address },
    ],
  },
  {
    key: "region",
    fields: [
      { key: "locale", icon: "speech", kind: "language", limit: LIMITS.locale },
      { key: "zoneinfo", icon: "clock", kind: "time_zone", limit: LIMITS.zoneinfo },
    ],
  },
];

/** Returns the cards of one account, without those that have nothing to show. */
export function cardsOf(account: AccountView): FieldCard[] {
  const custom: FieldCard = { key: "custom", fields: account.custom_fields.map(customShape) };
  return [...CARDS, custom]
    .map(({ key, fields }) => ({
      key,
      fields: fields.filter((shape) => isShown(fieldOf(account, shape.key))),
    }))
    .filter(({ fields }) => fields.length > 0);
}

/** Returns the access to a field, and its value. All standard profile fields share one permission. */
export function fieldOf(account: AccountView, key: FieldKey): Field<CustomValue | Address> {
  if (key === "name" || key === "avatar") return account[key];
  if (isCustom(key)) {
    const custom = account.custom_fields.find(({ name }) => customKey(name) === key);
    if (!custom) return { access: "off" };
    const { kind, value } = custom;
    if (kind.type !== "other" || value.access !== "edit") return value;
    return { access: "read_only", value: value.value, reason: "unsupported" };
  }
  const profile = account.profile;
  if (profile.access === "off") return profile;
  return { ...profile, value: profile.value?.[key] ?? null };
}

const isCustom = (key: FieldKey): key is CustomKey => key.startsWith(customKey(""));

/** Returns the command and its request for one changed field. */
export function requestFor(shape: FieldShape, from: Value, to: Value) {
  const change = { from, to };
  if (shape.definition) {
    const request = { [shape.definition.name]: change as Change<CustomValue> };
    return { command: "custom_fields_update", request } as const;
  }
  const { key } = shape;
  if (key === "name" || key === "avatar") {
    return { command: "account_update", request: { [key]: change as Change<string> } } as const;
  }
  return { command: "profile_update", request: { [key]: change } as ProfileUpdateRequest } as const;
}

/** Whether two values are the same to a server; parts of an address that are missing count as not set. */
export function sameValue(one: Value, other: Value): boolean {
  if (typeof one !== "object" || typeof other !== "object") return one === other;
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

/** Returns the parts of an address that are set, in reading order. */
export function addressLines(address: Address): string[] {
  const city = [address.postal_code, address.locality].filter(Boolean).join(" ");
  const lines = [address.street_address, city, address.region, address.country].flatMap((line) =>
    line ? line.split("\n") : [],
  );
  return lines.length > 0 ? lines : (address.formatted?.split("\n") ?? []);
}
