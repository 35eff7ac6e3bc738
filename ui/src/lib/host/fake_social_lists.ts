/** Lists of linked accounts for the stand-in host. */
import type {
  FormerSocialAccountView,
  SocialAccountView,
  SocialLinking,
  SocialProviderView,
  SocialView,
} from "../contract";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** How long an account that was unlinked or replaced can be restored. */
const RESTORABLE = 72 * HOUR;

export type Lists = Omit<SocialView, "access">;

export const NOTHING: Lists = { accounts: [], providers: [], former: [], account_center: false };

const drawing = (content: string) => `data:image/svg+xml;base64,${btoa(content)}`;
const mark = (paint: string) =>
  drawing(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path fill="${paint}" d="M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm0 5a5 5 0 1 1 0 10 5 5 0 0 1 0-10z"/></svg>`,
  );

/** What providers look like: a drawing for each theme, one for both, a picture elsewhere, one that is missing, none. */
const LOGOS = {
  github: { logo: mark("#1b1f24"), dark_logo: mark("#f0f3f6") },
  google: { logo: mark("#1a73e8"), dark_logo: null },
  facebook: { logo: "https://logos.example.test/facebook.png", dark_logo: null },
  apple: { logo: mark("#000000"), dark_logo: null },
  wechat: { logo: "https://logos.example.test/missing.png", dark_logo: null },
} as const;

const provider = (target: string, name: string, linking: SocialLinking = "here"): SocialProviderView => ({
  target,
  name,
  ...logosOf(target),
  linking,
});

export const account = (
  target: string,
  name: string | null,
  change: Partial<SocialAccountView>,
): SocialAccountView => ({
  target,
  key: `key-${target}-1`,
  provider: name,
  ...logosOf(target),
  name: null,
  email: null,
  linked_at: null,
  signs_in: true,
  ...change,
});

/** What is kept of an account that was removed. */
export const formerOf = (removed: SocialAccountView, removed_at: number): FormerSocialAccountView => {
  const { target, key, provider, logo, dark_logo, name, email, signs_in } = removed;
  const restorable_until = removed_at + RESTORABLE;
  return { target, key, provider, logo, dark_logo, name, email, removed_at, restorable_until, signs_in };
};

const logosOf = (target: string): { logo: string | null; dark_logo: string | null } =>
  Object.hasOwn(LOGOS, target) ? LOGOS[target as keyof typeof LOGOS] : { logo: null, dark_logo: null };

const LONG = "Wolfeschlegelsteinhausenbergerdorff";
const MARKUP = `<b>Markup</b> & "quotes"`;
const RIGHT_TO_LEFT = "ספק הזהויות";

const usualProviders = () => [
  provider("github", "GitHub"),
  provider("google", "Google"),
  provider("facebook", "Facebook"),
  provider("apple", "Apple", "at_sign_in"),
];

/** Lists to look at, by name: open `/?page=linked&social=<name>`. */
export const SOCIAL: Record<string, (now: number) => Lists> = {
  usual: (now) => ({
    ...NOTHING,
    accounts: [
      account("github", "GitHub", {
        name: "Alice Example",
        email: "alice@github.example.test",
        linked_at: now - 60 * DAY,
      }),
      account("google", "Google", { email: "alice@google.example.test", linked_at: now - DAY }),
    ],
    providers: usualProviders(),
  }),
  none: () => NOTHING,
  nothing: () => ({ ...NOTHING, providers: usualProviders() }),
  only_elsewhere: () => ({
    ...NOTHING,
    providers: [provider("apple", "Apple", "at_sign_in"), provider("wechat", "WeChat", "on_phone")],
  }),
  former: (now) => {
    const removed = (target: string, name: string | null, ago: number, change: Partial<SocialAccountView>) =>
      formerOf(account(target, name, { key: `key-${target}-former-${ago}`, ...change }), now - ago * HOUR);
    return {
      ...NOTHING,
      accounts: [account("github", "GitHub", { name: "Alice Example", linked_at: now - HOUR })],
      providers: usualProviders(),
      former: [
        removed("github", "GitHub", 1, { name: "Alice Former", email: "former@github.example.test" }),
        removed("google", "Google", 20, { email: "alice@google.example.test" }),
        removed("github", "GitHub", 50, { name: "Alice Oldest" }),
        removed("facebook", "Facebook", 60, {}),
        removed("orkut", null, 71, { email: "alice@orkut.example.test", signs_in: false }),
      ],
    };
  },
  account_center: (now) => ({
    ...NOTHING,
    accounts: [account("apple", "Apple", { name: "Alice", linked_at: now - DAY })],
    providers: [
      ...usualProviders(),
      provider("gitlab", "GitLab", "at_sign_in"),
      provider("discord", "Discord", "at_sign_in"),
      provider("wechat", "WeChat", "on_phone"),
    ],
    account_center: true,
  }),
  states: (now) => ({
    ...NOTHING,
    accounts: [
      account("apple", "Apple", {
        name: "Alice",
        email: "x7@relay.example.test",
        linked_at: now - 400 * DAY,
      }),
      account("discord", "Discord", { name: "alice#0001", signs_in: false, linked_at: now - 3 * DAY }),
      account("github", "GitHub", { name: "alice" }),
      account("orkut", null, { email: "alice@orkut.example.test", signs_in: false }),
      account("wechat", "WeChat", {}),
    ],
    providers: [
      ...usualProviders(),
      provider("wechat", "WeChat", "on_phone"),
      provider("alipay", "Alipay", "on_phone"),
      provider("gitlab", "GitLab", "at_sign_in"),
    ],
  }),
  many: (now) => {
    const names = Array.from({ length: 24 }, (_, index) => `Provider ${index + 1}`);
    const targetOf = (name: string) => name.toLowerCase().replace(" ", "-");
    return {
      ...NOTHING,
      accounts: names.slice(0, 12).map((name, index) =>
        account(targetOf(name), name, {
          name: `Alice ${index + 1}`,
          email: `alice${index + 1}@example.test`,
          linked_at: now - index * 30 * DAY,
        }),
      ),
      providers: names.map((name) => provider(targetOf(name), name)),
    };
  },
  long: (now) => {
    const accounts = [
      account("long", `${LONG} ${LONG} ${LONG}`, {
        name: `${LONG}-${LONG}-${LONG}`,
        email: `${"very.".repeat(30)}long@example.test`,
        linked_at: now - 400 * DAY,
      }),
      account("markup", MARKUP, { name: MARKUP, email: `${MARKUP}@example.test`, linked_at: now - DAY }),
      account("rtl", RIGHT_TO_LEFT, { name: "אליס לדוגמה", email: "alice@rtl.example.test" }),
      account("invisible", "\u3164", { name: "\u200b", email: " " }),
    ];
    const providers = [
      provider("long", `${LONG} ${LONG} ${LONG}`),
      provider("markup", MARKUP),
      provider("rtl", RIGHT_TO_LEFT),
      provider("two words", LONG.repeat(4)),
      provider("rtl-2", `${RIGHT_TO_LEFT} 2`, "at_sign_in"),
    ];
    const former = accounts.map((entry) => formerOf({ ...entry, key: `${entry.key} former` }, now));
    return { ...NOTHING, accounts, providers, former };
  },
};
