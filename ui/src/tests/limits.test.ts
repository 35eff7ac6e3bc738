/**
 * Every limit of the contract, from the page's side: the longest value is sent, one character more is reported and not sent.
 * The server's `value_limits.rs` walks the same table.
 */
import { fireEvent } from "@testing-library/svelte";
import { screen, waitFor } from "@testing-library/svelte";
import { describe, expect, test } from "vitest";

import type { AccountView } from "../lib/contract";
import { LIMITS } from "../lib/contract";
import { fakeCustomField } from "../lib/host/fake_organisation";
import { fakeAccount, signedIn } from "../lib/host/fake_states";
import type { CommandName } from "../lib/host/host";
import { en } from "./messages";
import { byId, drawPage, findById, NOW } from "./page";

interface Limited {
  /** Its name in the table. */
  name: string;
  longest: number;
  make: (length: number) => string;
  page: "profile" | "security" | "devices";
  /** The elements that open the dialog, take the text, and send it. */
  open: string;
  input: string;
  save: string;
  command: CommandName;
  /** The error of a value that is too long. */
  told: string;
  /** Where the page knows more than the length, and a value of exactly the limit is invalid for another reason. */
  never?: boolean;
}

const text = (length: number) => "ü".repeat(length);
const url = (length: number) => `https://x.test/${text(length - 15)}`;
const locale = (length: number) => {
  const begin = "de-variant1-variant2-variant3-";
  return begin + "x".repeat(length - begin.length);
};

const tooLong = (count: number) => en.profile_invalid_too_long({ count, limit: String(count) });
const profileField = (key: string, longest: number, more: Partial<Limited> = {}): Limited => ({
  name: key,
  longest,
  make: text,
  page: "profile",
  open: `edit-${key}`,
  input: `input-${key}`,
  save: `save-${key}`,
  command: "profile_update",
  told: tooLong(longest),
  ...more,
});
const addressPart = (part: keyof typeof LIMITS.address): Limited =>
  profileField("address", LIMITS.address[part], {
    name: `address.${part}`,
    input: `input-address-${part}`,
    told: `${en[`profile_address_${part}`]()}: ${tooLong(LIMITS.address[part])}`,
  });
const customField = (key: string, name: string, longest: number, more: Partial<Limited> = {}) =>
  profileField(`custom-${key}`, longest, { name, command: "custom_fields_update", ...more });

const LIMITED: readonly Limited[] = [
  profileField("name", LIMITS.name, { command: "account_update" }),
  profileField("avatar", LIMITS.avatar, { command: "account_update", make: url }),
  profileField("given_name", LIMITS.given_name),
  profileField("family_name", LIMITS.family_name),
  profileField("middle_name", LIMITS.middle_name),
  profileField("nickname", LIMITS.nickname),
  profileField("preferred_username", LIMITS.preferred_username),
  profileField("profile", LIMITS.profile, { make: url }),
  profileField("website", LIMITS.website, { make: url }),
  profileField("gender", LIMITS.gender),
  profileField("zoneinfo", LIMITS.zoneinfo, { make: (length) => "Z".repeat(length), never: true }),
  profileField("locale", LIMITS.locale, { make: locale }),
  ...(Object.keys(LIMITS.address) as (keyof typeof LIMITS.address)[]).map(addressPart),
  customField("remark", "custom_text", LIMITS.custom_text),
  customField("essay", "custom_text", LIMITS.custom_text),
  // In UTF-16 code units, of which each of these has two.
  customField("remark", "custom_text", LIMITS.custom_text, {
    make: (length) => "🦊".repeat(length / 2) + "a".repeat(length % 2),
  }),
  customField("letters", "custom_text", LIMITS.custom_text),
  customField("page", "custom_url", LIMITS.custom_url, { make: url }),
  {
    name: "username",
    longest: LIMITS.username,
    make: (length) => "u".repeat(length),
    page: "security",
    open: "change-username",
    input: "input-username",
    save: "username-save",
    command: "username_update",
    told: en.security_username_too_long({ count: LIMITS.username }),
  },
  {
    name: "email",
    longest: LIMITS.email,
    make: (length) => `${"x".repeat(length - 13)}@example.test`,
    page: "security",
    open: "change-email",
    input: "input-email",
    save: "address-send",
    command: "email_set",
    told: en.security_address_email_too_long({ count: LIMITS.email }),
  },
  {
    name: "password",
    longest: LIMITS.password,
    make: (length) => "Aj7-kQ2_".repeat(length).slice(0, length),
    page: "security",
    open: "change-password",
    input: "input-new-password",
    save: "password-save",
    command: "password_update",
    told: en.security_password_broken(),
  },
  // In characters, also of those that have two UTF-16 code units.
  ...[text, (length: number) => "🦊".repeat(length)].map((make): Limited => ({
    name: "access_token_name",
    longest: LIMITS.access_token_name,
    make,
    page: "devices",
    open: "token-create",
    input: "input-token-name",
    save: "token-save",
    command: "access_token_create",
    told: en.access_tokens_name_too_long({ count: LIMITS.access_token_name }),
  })),
];

const account = (): AccountView => ({
  ...fakeAccount(NOW),
  custom_fields: [
    fakeCustomField("remark", { type: "text", min_length: null, max_length: null }, null),
    fakeCustomField("essay", { type: "text", min_length: null, max_length: 50_000 }, null),
    fakeCustomField("letters", { type: "pattern" }, null),
    fakeCustomField("page", { type: "url" }, null),
  ],
});

async function send({ page, open, input, save }: Limited, value: string) {
  const drawn = await drawPage(signedIn(NOW, { account: account() }), { page });
  await drawn.user.click(await findById(open));
  const field = await findById(input);
  await fireEvent.input(field, { target: { value } });
  expect((field as HTMLInputElement).value).toBe(value);
  await drawn.user.click(byId(save));
  return drawn;
}

describe.each(LIMITED.map((limited, index) => [`${limited.name} ${index}`, limited] as const))(
  "%s",
  (_name, limited) => {
    test("value_at_its_limit_is_sent", async () => {
      const { host } = await send(limited, limited.make(limited.longest));
      if (limited.never) {
        expect(await findById("invalid")).not.toHaveTextContent(limited.told);
        return;
      }
      await waitFor(() => expect(host.calls.map(({ command }) => command)).toContain(limited.command));
      const sent = host.calls.find(({ command }) => command === limited.command);
      expect(JSON.stringify(sent?.args)).toContain(JSON.stringify(limited.make(limited.longest)));
    });

    test("value_one_longer_is_told_and_not_sent", async () => {
      const { host } = await send(limited, limited.make(limited.longest + 1));
      expect(await findById("invalid")).toHaveTextContent(limited.told);
      expect(host.calls.map(({ command }) => command)).not.toContain(limited.command);
      expect(document.querySelectorAll("[aria-invalid=true]")).toHaveLength(1);
    });
  },
);

/** Chosen from a list instead of typed; `access_tokens.test.ts` has the list. */
const CHOSEN = ["access_token_days"];

test("table_of_limits_has_a_case_for_each", () => {
  const names = Object.entries(LIMITS).flatMap(([name, limit]) =>
    typeof limit === "object" ? Object.keys(limit).map((part) => `${name}.${part}`) : [name],
  );
  expect(names.filter((name) => !LIMITED.some((limited) => limited.name === name))).toEqual(CHOSEN);
});

test("password_too_long_for_a_proof_is_wrong_without_asking", async () => {
  const drawn = await drawPage(signedIn(NOW), { page: "devices" });
  await drawn.user.click(await findById("session-end-office"));
  await drawn.user.click(await findById("end-confirm"));
  await drawn.user.click(await findById("step-up-method-password"));
  await fireEvent.input(await findById("input-password"), {
    target: { value: "x".repeat(LIMITS.password + 1) },
  });
  await drawn.user.click(byId("step-up-submit"));
  expect(await findById("step-up-error")).toHaveTextContent(en.errors_password_wrong_title());
  expect(drawn.host.calls.map(({ command }) => command)).not.toContain("step_up_password");
  expect(screen.getByTestId("input-password")).toHaveValue("x".repeat(LIMITS.password + 1));
});
