/**
 * Linked social accounts for the stand-in host, linked as the app links them: a proof, the browser, and the answer of the
 * provider. Two accounts never have the same key.
 */
import type {
  CommandError,
  SocialAccountView,
  SocialLinkedView,
  SocialLinking,
  SocialLinkPending,
  SocialProviderView,
  SocialView,
} from "../contract";
import { error, type Handlers } from "./fake_parts";
import type { Kept } from "./fake_security";
import type { FakeStepUp } from "./fake_step_up";

const DAY = 24 * 3_600_000;

export type Lists = Pick<SocialView, "accounts" | "providers">;

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

const account = (
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
  none: () => ({ accounts: [], providers: [] }),
  nothing: () => ({ accounts: [], providers: usualProviders() }),
  only_elsewhere: () => ({
    accounts: [],
    providers: [provider("apple", "Apple", "at_sign_in"), provider("wechat", "WeChat", "on_phone")],
  }),
  states: (now) => ({
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
  long: (now) => ({
    accounts: [
      account("long", `${LONG} ${LONG} ${LONG}`, {
        name: `${LONG}-${LONG}-${LONG}`,
        email: `${"very.".repeat(30)}long@example.test`,
        linked_at: now - 400 * DAY,
      }),
      account("markup", MARKUP, { name: MARKUP, email: `${MARKUP}@example.test`, linked_at: now - DAY }),
      account("rtl", RIGHT_TO_LEFT, { name: "אליס לדוגמה", email: "alice@rtl.example.test" }),
      account("invisible", "\u3164", { name: "\u200b", email: " " }),
    ],
    providers: [
      provider("long", `${LONG} ${LONG} ${LONG}`),
      provider("markup", MARKUP),
      provider("rtl", RIGHT_TO_LEFT),
      provider("two words", LONG.repeat(4)),
      provider("rtl-2", `${RIGHT_TO_LEFT} 2`, "at_sign_in"),
    ],
  }),
};

/** Whom the browser comes back with unless a test says otherwise. */
export const NEWCOMER = { name: "Alice Elsewhere", email: "alice@elsewhere.example.test" };

type Commands = Extract<keyof Handlers, `social_${string}`>;
interface Open extends SocialLinkPending {
  /** Waiting for its end. */
  wait: { resolve: (answer: SocialLinkedView) => void; reject: (thrown: unknown) => void } | null;
}

export class FakeSocial {
  lists: Lists;
  /** How long the browser takes by itself, in ms; null: until `finish`. */
  browserTakes: number | null = null;
  readonly #now: () => number;
  readonly #stepUp: FakeStepUp;
  readonly #kept: Kept;
  #open: Open | null = null;
  #made = 0;

  constructor(now: () => number, stepUp: FakeStepUp, kept: Kept) {
    this.#now = now;
    this.lists = SOCIAL.usual?.(now()) ?? { accounts: [], providers: [] };
    this.#stepUp = stepUp;
    this.#kept = kept;
  }

  /** Makes a link under way that was begun before a restart. */
  resumed(target: string | null): void {
    if (target === null) return;
    this.#open = { target, replaces: this.#linked(target) !== undefined, expires_in: 400, wait: null };
  }

  get underWay(): string | null {
    return this.#open?.target ?? null;
  }

  /** Simulates that the user came back from the provider, and that the server linked the account. */
  finish(who: Partial<SocialAccountView> = NEWCOMER): void {
    const open = this.#open;
    if (!open) return;
    this.#open = null;
    const { target } = open;
    const name = this.lists.providers.find((entry) => entry.target === target)?.name ?? null;
    const linked = account(target, name, {
      key: `key-${target}-new-${++this.#made}`,
      linked_at: this.#now(),
      ...who,
    });
    const others = this.lists.accounts.filter((entry) => entry.target !== target);
    this.#change([...others, linked].toSorted((a, b) => (a.target < b.target ? -1 : 1)));
    open.wait?.resolve({ target, present: this.#view() });
  }

  /** Lets the wait fail. The link stays open if the error is not about its end. */
  failWait(thrown: CommandError, staysOpen = false): void {
    const open = this.#open;
    if (!staysOpen) this.#open = null;
    open?.wait?.reject(thrown);
    if (open) open.wait = null;
  }

  readonly handlers: Pick<Handlers, Commands> = {
    social_list: () => {
      if (this.#kept.account().social.access === "off") throw error("field_not_editable", "social");
      return this.#view();
    },
    social_link_begin: ({ request: { target, replaces } }) => {
      this.#demandEdit();
      if (this.#open) throw error("social_link_in_progress");
      if (this.#provider(target)?.linking !== "here") throw error("social_not_linkable");
      if ((this.#linked(target)?.key ?? null) !== replaces) throw error("social_not_linked");
      const [purpose, aim] = replaces
        ? (["switch_social", replaces] as const)
        : (["link_social", target] as const);
      return this.#stepUp.guard(purpose, aim, () => {
        this.#open = { target, replaces: replaces !== null, expires_in: 600, wait: null };
        return this.#pending(this.#open);
      });
    },
    social_link_pending: () => this.#open && this.#pending(this.#open),
    social_link_wait: () => {
      const open = this.#open;
      if (!open) throw error("social_link_over");
      if (this.browserTakes !== null)
        setTimeout(() => this.#open === open && this.finish(), this.browserTakes);
      return new Promise<SocialLinkedView>((resolve, reject) => (open.wait = { resolve, reject }));
    },
    social_link_reopen: () => undefined,
    social_link_copy_link: () => undefined,
    social_link_cancel: () => this.failWait(error("social_link_cancelled")),
    social_unlink: ({ request: { target, key } }) => {
      this.#demandEdit();
      const linked = this.#linked(target);
      if (linked?.key !== key) throw error("social_not_linked");
      const { sign_in_ways } = this.#kept.account();
      if (linked.signs_in && sign_in_ways.every((way) => way.kind === "social" && way.target === target))
        throw {
          ...error("last_sign_in_method"),
          detail: { kind: "last_way", next_steps: ["set_password", "add_phone"] },
        };
      return this.#stepUp.guard("unlink_social", key, () => {
        this.#change(this.lists.accounts.filter((entry) => entry !== linked));
        return this.#view();
      });
    },
  };

  #pending({ target, replaces, expires_in }: Open): SocialLinkPending {
    return { target, replaces, expires_in };
  }

  #view(): SocialView {
    return { access: this.#kept.account().social, ...this.lists };
  }

  /** Keeps the accounts, and with them the sign-in methods. */
  #change(accounts: SocialAccountView[]): void {
    this.lists = { ...this.lists, accounts };
    const present = this.#kept.account();
    const others = present.sign_in_ways.filter(({ kind }) => kind !== "social");
    const ways = accounts.filter(({ signs_in }) => signs_in);
    this.#kept.commit({
      ...present,
      sign_in_ways: [
        ...others,
        ...ways.map(({ target, provider: name }) => ({ kind: "social" as const, target, name })),
      ],
    });
  }

  #provider(target: string): SocialProviderView | undefined {
    return this.lists.providers.find((entry) => entry.target === target);
  }

  #linked(target: string): SocialAccountView | undefined {
    return this.lists.accounts.find((entry) => entry.target === target);
  }

  #demandEdit(): void {
    if (this.#kept.account().social.access !== "edit") throw error("field_not_editable", "social");
  }
}
