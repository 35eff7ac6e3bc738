/**
 * Nothing drawn without data: every text on the screen is a label of ours or comes from the account. Two accounts
 * that differ in every value share no text but labels, and each single value changes what is seen.
 */
import { cleanup } from "@testing-library/svelte";
import { describe, expect, test } from "vitest";

import catalogue from "../../messages/en.json";
import type {
  AccessTokenView,
  AccountView,
  CustomField,
  FormerSocialAccountView,
  GrantView,
  Page,
  Profile,
  SessionsView,
  SessionView,
  SocialAccountView,
  SocialProviderView,
} from "../lib/contract";
import { TOKENS } from "../lib/host/fake_access_tokens";
import { fakeCustomField } from "../lib/host/fake_organisation";
import { fakeSessions } from "../lib/host/fake_sessions";
import { type Lists, NOTHING, SOCIAL } from "../lib/host/fake_social_lists";
import { fakeAccount, fakeProfile, fakeServer, signedIn } from "../lib/host/fake_states";
import { en } from "./messages";
import { drawPage, everyText, findById, NOW } from "./page";

const DAY = 86_400_000;

function otherAccount(): AccountView {
  const profile: Profile = {
    given_name: "Bob",
    family_name: "Builder",
    middle_name: "Quentin",
    nickname: "Bobby",
    preferred_username: "bob.b",
    profile: "https://people.example.test/bob",
    website: "https://bob.example.test",
    gender: "male",
    birthdate: "1971",
    zoneinfo: "Asia/Tokyo",
    locale: "fr-CA",
    address: {
      formatted: null,
      street_address: "Other Road 9",
      locality: "Graz",
      region: "Styria",
      postal_code: "8010",
      country: "Elsewhere",
    },
  };
  return {
    ...fakeAccount(NOW),
    user_id: "bob0000000002",
    name: { access: "edit", value: "Bob Builder" },
    avatar: { access: "edit", value: "https://example.test/missing-bob.png" },
    username: { access: "edit", value: "bob" },
    email: { access: "edit", value: "bob@example.test" },
    phone: { access: "edit", value: "15550000002" },
    phone_formatted: "+1 555-000-0002",
    password: { access: "edit", value: false },
    sign_in_ways: [{ kind: "social", target: "github", name: "GitHub" }, { kind: "email_code" }],
    profile: { access: "edit", value: profile },
    custom_fields: [
      {
        ...fakeCustomField("shift", { type: "checkbox" }, false),
        label: "Night shift",
      },
      { ...fakeCustomField("floor", { type: "number", min: null, max: null }, 3), label: "Floor" },
    ],
    created_at: NOW - 800 * DAY,
    last_sign_in_at: NOW - 3 * DAY,
  };
}

async function seen(account: AccountView, page: Page): Promise<string[]> {
  await drawPage(signedIn(NOW, { account, account_id: account.user_id, server: { ...fakeServer() } }), {
    page,
    prepare: (host) => {
      if (account.user_id !== "alice00000001")
        host.organisation.memberships = {
          organizations: [{ id: "o", name: "Other Guild", description: "Meets", roles: ["Guest"] }],
          roles: [{ id: "r", name: "Reader", description: "May read" }],
        };
    },
  });
  if (page === "profile") await findById("card-memberships");
  await findById({ profile: "value-name", security: "value-email" }[page as string] ?? "fact-name");
  const texts = everyText();
  cleanup();
  return texts;
}

/** The messages whose key fits. */
const labels = (key: RegExp) =>
  Object.entries(catalogue).flatMap(([found, text]) =>
    key.test(found) && typeof text === "string" ? [text] : [],
  );

const names = labels(/^profile_fields_\w+_in_sentence$/);
const LABELS = new Set([
  ...labels(/./),
  ...names.flatMap((name) => [
    en.profile_add_field({ field: name }),
    en.profile_change_field({ field: name }),
  ]),
  ...names.map((name) => en.profile_remove_field({ field: name })),
  ...labels(/^views_/).map((name) => en.window_title({ view: name })),
]);

/** Differs from the stand-in's list in every value. */
function otherSessions(): SessionsView {
  const session = (id: string, change: Partial<SessionView>): SessionView => ({
    id,
    device: { kind: "tablet", browser: "Edge 7", system: "Android" },
    ip: "203.0.113.…",
    place: "Oslo, NO",
    started_at: NOW - 20 * DAY,
    signed_in_at: NOW - 3 * DAY,
    expires_at: NOW + 30 * DAY,
    apps: ["Other Notes"],
    ...change,
  });
  const grant = (id: string, change: Partial<GrantView>): GrantView => ({
    id,
    app: "Other Notes",
    third_party: false,
    scopes: ["phone"],
    granted_at: NOW - 21 * DAY,
    expires_at: NOW + 31 * DAY,
    session: "a",
    first_seen: null,
    current: false,
    ...change,
  });
  return {
    current: { kind: "known", id: "a" },
    sessions: [
      session("a", {}),
      session("b", { device: { kind: "computer", browser: "Opera 9", system: "macOS" }, ip: "198.18.0.…" }),
    ],
    grants: [grant("c", {}), grant("d", { app: "Other Chat", scopes: ["address", "chat"] })],
  };
}

const usualTokens = () => TOKENS.usual?.(NOW) ?? [];

/** Differ from the stand-in's in every value. */
const otherTokens = (): AccessTokenView[] => [
  { name: "Other pipeline", created_at: NOW - 7 * DAY, expires_at: NOW + 44 * DAY, expired: false },
];

async function seenOfDevices(view: SessionsView, tokens = usualTokens()): Promise<string[]> {
  await drawPage(signedIn(NOW), {
    page: "devices",
    prepare: (host) => {
      host.sessions.view = view;
      host.accessTokens.tokens = tokens;
    },
  });
  await findById("sessions-reload");
  await findById("access-tokens");
  const texts = everyText(document.querySelector("main") ?? document.body);
  cleanup();
  return texts;
}

const usualSocial = (): Lists => {
  const [usual, withFormer] = [SOCIAL.usual, SOCIAL.former].map((make) => make?.(NOW) ?? NOTHING);
  return { ...NOTHING, ...usual, former: withFormer?.former.slice(0, 1) ?? [] };
};

const otherProvider: SocialProviderView = {
  target: "other",
  name: "Other Provider",
  logo: null,
  dark_logo: null,
  linking: "here",
};

/** Differs from the stand-in's lists in every value. */
const otherSocial = (): Lists => ({
  ...NOTHING,
  accounts: [
    {
      target: "elsewhere",
      key: "k",
      provider: "Elsewhere",
      logo: null,
      dark_logo: null,
      name: "Bob",
      email: "bob@elsewhere.example.test",
      linked_at: NOW - 7 * DAY,
      signs_in: true,
    },
  ],
  providers: [otherProvider],
  former: [
    {
      target: "formerly",
      key: "f",
      provider: "Formerly",
      logo: null,
      dark_logo: null,
      name: "Robert",
      email: "bob@formerly.example.test",
      removed_at: NOW - 2 * DAY,
      restorable_until: NOW + DAY,
      signs_in: true,
    },
  ],
});

async function seenOfLinked(lists: Lists): Promise<string[]> {
  await drawPage(signedIn(NOW), { page: "linked", prepare: (host) => (host.social.lists = lists) });
  await findById("social-reload");
  const main = document.querySelector("main") ?? document.body;
  // A logo is neither text nor name, but drawn.
  const texts = [...everyText(main), ...[...main.querySelectorAll("img")].map(({ src }) => src)];
  cleanup();
  return texts;
}

describe("nothing is drawn without data", () => {
  test.each(["overview", "profile", "security"] as const)(
    "%s: two accounts share no text but labels",
    async (page) => {
      const alice = await seen(fakeAccount(NOW), page);
      const bob = new Set(await seen(otherAccount(), page));
      const shared = alice.filter((text) => bob.has(text) && !LABELS.has(text));
      expect(shared).toEqual([]);
      expect(alice.some((text) => !LABELS.has(text))).toBe(true);
    },
  );

  const changes: [string, Page, (account: AccountView) => AccountView][] = [
    ["created_at", "overview", (account) => ({ ...account, created_at: NOW - 800 * DAY })],
    ["last_sign_in_at", "overview", (account) => ({ ...account, last_sign_in_at: NOW - 3 * DAY })],
    ...(["name", "username", "email", "phone_formatted"] as const).map(
      (key): [string, Page, (account: AccountView) => AccountView] => [
        key,
        "overview",
        (account) => ({ ...account, [key]: otherAccount()[key] }),
      ],
    ),
    ...(["username", "email", "phone_formatted", "password", "sign_in_ways"] as const).map(
      (key): [string, Page, (account: AccountView) => AccountView] => [
        key,
        "security",
        (account) => ({ ...account, [key]: otherAccount()[key] }),
      ],
    ),
    ...fakeAccount(NOW).custom_fields.flatMap(({ name, value }) => {
      const without: CustomField["value"] = { access: "edit", value: null };
      const changes: Partial<CustomField>[] = [{ label: "Other label" }, { value: without }];
      expect(value.access).toBe("edit");
      return changes.map((change): [string, Page, (account: AccountView) => AccountView] => [
        `custom field ${name}: ${Object.keys(change).join()}`,
        "profile",
        (account) => ({
          ...account,
          custom_fields: account.custom_fields.map((entry) =>
            entry.name === name ? { ...entry, ...change } : entry,
          ),
        }),
      ]);
    }),
    ["name", "profile", (account) => ({ ...account, name: otherAccount().name })],
    ["avatar", "profile", (account) => ({ ...account, avatar: otherAccount().avatar })],
    ...(Object.keys(fakeProfile()) as (keyof Profile)[]).map(
      (key): [string, Page, (account: AccountView) => AccountView] => [
        `profile.${key}`,
        "profile",
        (account) => {
          const other = otherAccount().profile;
          const value = other.access === "off" ? null : (other.value ?? null);
          return {
            ...account,
            profile: { access: "edit", value: { ...fakeProfile(), [key]: value?.[key] ?? null } },
          };
        },
      ],
    ),
  ];

  test.each(changes)("%s is seen on %s", async (_key, page, change) => {
    const before = await seen(fakeAccount(NOW), page);
    const after = await seen(change(fakeAccount(NOW)), page);
    expect(after).not.toEqual(before);
  });

  test("devices: two lists share no text but labels", async () => {
    const ours = await seenOfDevices(fakeSessions(NOW));
    const theirs = new Set(await seenOfDevices(otherSessions(), otherTokens()));
    expect(ours.filter((text) => theirs.has(text) && !LABELS.has(text))).toEqual([]);
    expect(ours.filter((text) => !LABELS.has(text)).length).toBeGreaterThan(20);
  });

  const officeWith = (change: Partial<SessionView>) => (view: SessionsView) => ({
    ...view,
    sessions: view.sessions.map((entry) => (entry.id === "office" ? { ...entry, ...change } : entry)),
  });
  const calendarWith = (change: Partial<GrantView>) => (view: SessionsView) => ({
    ...view,
    grants: view.grants.map((entry) => (entry.id === "calendar" ? { ...entry, ...change } : entry)),
  });
  const ofSessions: [string, (view: SessionsView) => SessionsView][] = [
    ["current", (view) => ({ ...view, current: { kind: "known", id: "office" } })],
    ["current unknown", (view) => ({ ...view, current: { kind: "unknown" } })],
    ["current without session", (view) => ({ ...view, current: { kind: "without_session", grant: "own" } })],
    ["browser", officeWith({ device: { kind: "computer", browser: "Edge 7", system: "Windows" } })],
    ["version", officeWith({ device: { kind: "computer", browser: "Firefox 141", system: "Windows" } })],
    ["system", officeWith({ device: { kind: "computer", browser: "Firefox 140", system: "macOS" } })],
    ["kind", officeWith({ device: { kind: "phone", browser: null, system: null } })],
    ["ip", officeWith({ ip: "203.0.113.…" })],
    ["place", officeWith({ place: null })],
    ["started_at", officeWith({ started_at: NOW - 42 * DAY })],
    ["signed_in_at", officeWith({ signed_in_at: NOW - 2 * DAY })],
    ["session expires_at", officeWith({ expires_at: NOW + 10 * DAY })],
    ["apps", officeWith({ apps: ["Other Notes"] })],
    ["app", calendarWith({ app: "Other Notes" })],
    ["third_party", calendarWith({ third_party: false })],
    ["scopes", calendarWith({ scopes: ["openid"] })],
    ["granted_at", calendarWith({ granted_at: NOW - 42 * DAY })],
    ["grant expires_at", calendarWith({ expires_at: NOW + 10 * DAY })],
    ["grant session", calendarWith({ session: null })],
    ["grant first_seen", calendarWith({ first_seen: NOW - 12 * DAY })],
    ["grant current", calendarWith({ current: true })],
    ["no sessions", (view) => ({ ...view, sessions: [] })],
    ["no grants", (view) => ({ ...view, grants: [] })],
  ];

  test.each(ofSessions)("%s is seen on devices", async (_key, change) => {
    const before = await seenOfDevices(fakeSessions(NOW));
    const after = await seenOfDevices(change(fakeSessions(NOW)));
    expect(after).not.toEqual(before);
  });

  const backupWith = (change: Partial<AccessTokenView>) => (tokens: AccessTokenView[]) =>
    tokens.map((entry) => (entry.name === "Backup script" ? { ...entry, ...change } : entry));
  const ofTokens: [string, (tokens: AccessTokenView[]) => AccessTokenView[]][] = [
    ["token name", backupWith({ name: "Other pipeline" })],
    ["token created_at", backupWith({ created_at: NOW - 7 * DAY })],
    ["token expires_at", backupWith({ expires_at: NOW + 44 * DAY })],
    ["token without expiry", backupWith({ expires_at: null })],
    ["token expired", backupWith({ expired: true })],
    ["no tokens", () => []],
  ];

  test.each(ofTokens)("%s is seen on devices", async (_key, change) => {
    const before = await seenOfDevices(fakeSessions(NOW));
    const after = await seenOfDevices(fakeSessions(NOW), change(usualTokens()));
    expect(after).not.toEqual(before);
  });

  test("linked: two lists share no text but labels", async () => {
    const ours = await seenOfLinked(usualSocial());
    const theirs = new Set(await seenOfLinked(otherSocial()));
    expect(ours.filter((text) => theirs.has(text) && !LABELS.has(text))).toEqual([]);
    expect(ours.filter((text) => !LABELS.has(text)).length).toBeGreaterThan(10);
  });

  const githubWith = (change: Partial<SocialAccountView>) => (lists: Lists) => ({
    ...lists,
    accounts: lists.accounts.map((entry) => (entry.target === "github" ? { ...entry, ...change } : entry)),
  });
  const facebookWith = (change: Partial<SocialProviderView>) => (lists: Lists) => ({
    ...lists,
    providers: lists.providers.map((entry) =>
      entry.target === "facebook" ? { ...entry, ...change } : entry,
    ),
  });
  const formerWith = (change: Partial<FormerSocialAccountView>) => (lists: Lists) => ({
    ...lists,
    former: lists.former.map((entry) => ({ ...entry, ...change })),
  });
  const ofLinked: [string, (lists: Lists) => Lists][] = [
    ["account provider", githubWith({ provider: "Other" })],
    ["account without provider", githubWith({ provider: null })],
    ["account logo", githubWith({ logo: null })],
    ["account name", githubWith({ name: "Bob" })],
    ["account email", githubWith({ email: null })],
    ["account linked_at", githubWith({ linked_at: NOW - 7 * DAY })],
    ["account signs_in", githubWith({ signs_in: false })],
    ["provider name", facebookWith({ name: "Other" })],
    ["provider logo", facebookWith({ logo: null })],
    ["provider at_sign_in", facebookWith({ linking: "at_sign_in" })],
    ["provider on_phone", facebookWith({ linking: "on_phone" })],
    ["former provider", formerWith({ provider: "Other" })],
    ["former logo", formerWith({ logo: null })],
    ["former name", formerWith({ name: "Bob" })],
    ["former email", formerWith({ email: null })],
    ["former removed_at", formerWith({ removed_at: NOW - 2 * DAY })],
    ["former restorable_until", formerWith({ restorable_until: NOW + DAY })],
    ["former signs_in", formerWith({ signs_in: false })],
    ["another provider", (lists) => ({ ...lists, providers: [...lists.providers, otherProvider] })],
    ["no accounts", (lists) => ({ ...lists, accounts: [] })],
    ["no providers", (lists) => ({ ...lists, providers: [] })],
    ["account center", (lists) => ({ ...lists, account_center: true })],
    ["no former accounts", (lists) => ({ ...lists, former: [] })],
  ];

  test.each(ofLinked)("%s is seen on linked", async (_key, change) => {
    const before = await seenOfLinked(usualSocial());
    const after = await seenOfLinked(change(usualSocial()));
    expect(after).not.toEqual(before);
  });

  test("what is absent has no row", async () => {
    const account: AccountView = {
      ...fakeAccount(NOW),
      email: { access: "off" },
      phone: { access: "edit", value: null },
      last_sign_in_at: null,
    };
    const texts = await seen(account, "overview");
    expect(texts).not.toContain(en.profile_fields_email_label());
    expect(texts).not.toContain(en.profile_fields_phone_label());
    expect(texts.join(" ")).not.toContain("Last signed in");
    expect(texts.join(" ")).not.toMatch(/Activity/);
  });
});
