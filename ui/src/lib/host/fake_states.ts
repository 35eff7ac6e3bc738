/** Accounts, servers and states for the stand-in host. Every value is obviously a test value. */
import type {
  AccountView,
  AppSettings,
  AppState,
  Branding,
  Profile,
  ServerView,
  SignInWay,
} from "../contract";

import { fakeCustomFields, oddCustomFields } from "./fake_organisation";

const HOUR = 3_600_000;

/** A blue square of 8 by 8 pixels. */
export const PICTURE =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEklEQVR4nGNwib6CFTEMLQkAFTxPAUQwIYsAAAAASUVORK5CYII=";

export const fakeProfile = (): Profile => ({
  given_name: "Alice",
  family_name: "Example",
  middle_name: null,
  nickname: "Ali",
  preferred_username: "alice.example",
  profile: "https://people.example.test/alice",
  website: "https://alice.example.test",
  gender: "female",
  birthdate: "1990-04-17",
  zoneinfo: "Europe/Vienna",
  locale: "de-AT",
  address: {
    formatted: null,
    street_address: "Teststrasse 1",
    locality: "Vienna",
    region: null,
    postal_code: "1010",
    country: "Austria",
  },
});

export const fakeAccount = (now: number): AccountView => ({
  user_id: "alice00000001",
  name: { access: "edit", value: "Alice Example" },
  avatar: { access: "edit", value: null },
  username: { access: "edit", value: "alice" },
  email: { access: "edit", value: "alice@example.test" },
  phone: { access: "edit", value: "15550000001" },
  phone_formatted: "+1 555-000-0001",
  password: { access: "edit", value: true },
  code_routes: ["email", "phone"],
  sign_in_ways: [{ kind: "password", with: ["username", "email"] }],
  enterprise: { identities: [], support_email: null, support_website: null },
  profile: { access: "edit", value: fakeProfile() },
  custom_fields: fakeCustomFields(),
  preferences: { access: "edit", value: { theme: null, language: null } },
  sessions: { access: "edit" },
  access_tokens: { access: "edit" },
  social: { access: "edit" },
  created_at: now - 400 * 24 * HOUR,
  last_sign_in_at: now - 2 * HOUR,
});

const branding = (): Branding => ({
  primary_color: null,
  dark_primary_color: null,
  logo_url: null,
  dark_logo_url: null,
});

export const fakeServer = (): ServerView => ({
  url: "https://settings.example.test/api",
  name: "Example Corp",
  branding: branding(),
  pinned_resource: null,
  insecure: false,
  source: "environment",
});

export const fakeSettings = (): AppSettings => ({
  server: { url: "https://settings.example.test/api", source: "environment" },
  theme: "system",
  language: null,
  preferences_follow_account: true,
  browser_return: "loopback",
  links_go_elsewhere: false,
  version: "0.1.0",
});

/** Each kind of sign-in method. */
export const EVERY_WAY: SignInWay[] = [
  { kind: "password", with: ["username", "email", "phone"] },
  { kind: "email_code" },
  { kind: "phone_code" },
  { kind: "social", target: "github", name: "GitHub" },
  { kind: "enterprise", name: "Example Corp" },
  { kind: "passkey" },
  { kind: "other" },
];

type SignedIn = Extract<AppState, { kind: "signed_in" }>;

export const signedIn = (now: number, change: Partial<SignedIn> = {}): SignedIn => ({
  kind: "signed_in",
  server: fakeServer(),
  account_id: "alice00000001",
  account: fakeAccount(now),
  freshness: { kind: "live", at: now },
  persistence: { kind: "keyring" },
  ...change,
});

/** An account of which the organisation shows and offers nothing. */
export const accountWithout = (now: number): AccountView => {
  const off = { access: "off" } as const;
  return {
    ...fakeAccount(now),
    ...{ name: off, avatar: off, username: off, email: off, phone: off, password: off, profile: off },
    ...{ preferences: off, sessions: off, access_tokens: off, social: off },
    ...{ custom_fields: [], sign_in_ways: [] },
  };
};

const LONG =
  "Maximiliane Theodora Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh von und zu Beispielhausen";

/** Every situation worth viewing, by name. `cargo`-free: open `/?state=<name>`. */
export const STATES: Record<string, (now: number) => AppState> = {
  starting: () => ({ kind: "starting", waiting_for_keyring: false }),
  keyring: () => ({ kind: "starting", waiting_for_keyring: true }),
  no_server: () => ({ kind: "no_server" }),
  signed_out: () => ({ kind: "signed_out", server: fakeServer(), notice: null }),
  session_ended: () => ({ kind: "signed_out", server: fakeServer(), notice: "session_ended" }),
  signed_out_offline: () => ({ kind: "signed_out", server: fakeServer(), notice: "offline" }),
  insecure: () => ({
    kind: "signed_out",
    server: {
      ...fakeServer(),
      url: "http://127.0.0.1:4800/api",
      insecure: true,
      pinned_resource: "https://settings.example.test/pinned",
      source: "user",
    },
    notice: null,
  }),
  preparing: () => ({ kind: "signing_in", server: fakeServer(), stage: "preparing" }),
  signing_in: () => ({ kind: "signing_in", server: fakeServer(), stage: "waiting_for_browser" }),
  finishing: () => ({ kind: "signing_in", server: fakeServer(), stage: "finishing" }),
  insufficient_scope: () => ({ kind: "signed_out", server: fakeServer(), notice: "insufficient_scope" }),
  problem: () => ({ kind: "signed_out", server: fakeServer(), notice: "server_not_trusted" }),
  suspended: (now) =>
    signedIn(now, { freshness: { kind: "stale", at: now - HOUR, cause: "account_suspended" } }),
  no_permission: (now) =>
    signedIn(now, { account: null, freshness: { kind: "stale", at: null, cause: "insufficient_scope" } }),
  nothing_known: (now) =>
    signedIn(now, { account: null, freshness: { kind: "stale", at: null, cause: "offline" } }),
  signed_in: (now) => signedIn(now),
  loading: (now) => signedIn(now, { account: null, freshness: { kind: "refreshing", at: null } }),
  untrusted: (now) =>
    signedIn(now, {
      freshness: {
        kind: "stale",
        at: now - 3 * HOUR,
        cause: "certificate_untrusted",
        detail: { kind: "certificate", host: "settings.example.test", issuer: "Example Company CA" },
      },
    }),
  no_collection: (now) => signedIn(now, { persistence: { kind: "memory_only", reason: "no_collection" } }),
  offline: (now) => signedIn(now, { freshness: { kind: "stale", at: now - 3 * HOUR, cause: "offline" } }),
  memory_only: (now) =>
    signedIn(now, {
      persistence: { kind: "memory_only", reason: "absent" },
      server: { ...fakeServer(), insecure: true, url: "http://127.0.0.1:4800/api", source: "command_line" },
    }),
  branded: (now) =>
    signedIn(now, {
      server: {
        ...fakeServer(),
        branding: { ...branding(), primary_color: "#ffcc00", dark_primary_color: "#0b5" },
      },
    }),
  long: (now) => {
    const account = fakeAccount(now);
    account.name = { access: "edit", value: LONG };
    account.email = { access: "edit", value: `${"very.".repeat(20)}long@example.test` };
    account.username = { access: "edit", value: "a".repeat(128) };
    account.sign_in_ways = [
      { kind: "password", with: ["username", "email", "phone"] },
      { kind: "social", target: "x", name: LONG.replaceAll(" ", "") },
      { kind: "enterprise", name: LONG },
    ];
    account.enterprise = {
      identities: [
        {
          connector: LONG,
          issuer: `https://${"login.".repeat(30)}corp.example.test/oidc`,
          name: LONG,
          email: `${"very.".repeat(20)}long@corp.example.test`,
          since: now - 40 * 86_400_000,
          signs_in: true,
          domains: ["corp.example.test", `${"sub.".repeat(20)}corp.example.test`],
          syncs_profile: true,
        },
      ],
      support_email: null,
      support_website: `https://help.corp.example.test/${"a".repeat(200)}`,
    };
    account.profile = {
      access: "edit",
      value: { ...fakeProfile(), given_name: LONG, website: `https://example.test/${"a".repeat(300)}` },
    };
    return signedIn(now, { account });
  },
  odd_fields: (now) => {
    const account = fakeAccount(now);
    account.custom_fields = oddCustomFields();
    account.name = { access: "edit", value: "\u3164" };
    const profile = fakeProfile();
    if (profile.address) profile.address.formatted = "Teststrasse 1\n1010 Vienna\nAustria";
    account.profile = { access: "edit", value: profile };
    return signedIn(now, { account });
  },
  every_way: (now) => {
    const account = fakeAccount(now);
    account.sign_in_ways = EVERY_WAY;
    return signedIn(now, { account });
  },
  last_way: (now) => {
    const account = fakeAccount(now);
    account.username = { access: "edit", value: null };
    account.phone = { access: "edit", value: null };
    account.phone_formatted = null;
    account.password = { access: "edit", value: false };
    account.sign_in_ways = [{ kind: "email_code" }];
    return signedIn(now, { account });
  },
  empty: (now) => {
    const account = fakeAccount(now);
    account.name = { access: "edit", value: null };
    account.email = { access: "off" };
    account.username = { access: "edit", value: null };
    account.password = { access: "edit", value: false };
    account.sign_in_ways = [{ kind: "social", target: "github", name: null }];
    account.phone = { access: "edit", value: null };
    account.phone_formatted = null;
    account.profile = { access: "edit", value: null };
    account.last_sign_in_at = null;
    return signedIn(now, { account });
  },
  not_offered: (now) => {
    const off = { access: "off" } as const;
    return signedIn(now, { account: { ...fakeAccount(now), sessions: off, access_tokens: off } });
  },
  tokens_off: (now) => signedIn(now, { account: { ...fakeAccount(now), access_tokens: { access: "off" } } }),
  tokens_only: (now) => signedIn(now, { account: { ...fakeAccount(now), sessions: { access: "off" } } }),
  social_off: (now) => signedIn(now, { account: { ...fakeAccount(now), social: { access: "off" } } }),
  all_off: (now) => signedIn(now, { account: accountWithout(now) }),
  no_codes: (now) => signedIn(now, { account: { ...fakeAccount(now), code_routes: [] } }),
  read_only: (now) => {
    const account = fakeAccount(now);
    account.name = { access: "read_only", value: "Alice Example", reason: "organisation" };
    account.avatar = { access: "off" };
    account.phone = { access: "read_only", value: "15550000001", reason: "server" };
    account.username = { access: "read_only", value: "alice", reason: "scope" };
    account.password = { access: "read_only", value: true, reason: "organisation" };
    account.profile = { access: "read_only", value: fakeProfile(), reason: "organisation" };
    account.sessions = { access: "read_only", reason: "organisation" };
    account.access_tokens = { access: "read_only", reason: "organisation" };
    account.social = { access: "read_only", reason: "organisation" };
    return signedIn(now, { account });
  },
};
