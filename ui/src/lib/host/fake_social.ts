/**
 * Linked social accounts for the stand-in host, linked as the app links them: a proof, the browser, and the answer of the
 * provider. Two accounts never have the same key. What is unlinked or replaced can be restored.
 */
import type {
  CommandError,
  FormerSocialAccountView,
  SocialAccountView,
  SocialLinkedView,
  SocialLinkPending,
  SocialProviderView,
  SocialView,
} from "../contract";
import { error, type Handlers } from "./fake_parts";
import type { Kept } from "./fake_security";
import { account, formerOf, type Lists, NOTHING, SOCIAL } from "./fake_social_lists";
import type { FakeStepUp } from "./fake_step_up";

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
    this.lists = SOCIAL.usual?.(now()) ?? NOTHING;
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
    this.linkElsewhere(target, who);
    open.wait?.resolve({ target, present: this.#view() });
  }

  /** Links an account as Logto's account center does it. */
  linkElsewhere(target: string, who: Partial<SocialAccountView> = NEWCOMER): void {
    const linked = account(target, this.#provider(target)?.name ?? null, {
      key: `key-${target}-new-${++this.#made}`,
      linked_at: this.#now(),
      ...who,
    });
    this.#put(target, linked);
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
    social_account_center: () => undefined,
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
      return this.#stepUp.guard("unlink_social", key, () => this.#put(target, null));
    },
    social_restore: ({ request: { key, replaces } }) => {
      this.#demandEdit();
      const { target, provider, name, email, signs_in } = this.#former(key);
      if ((this.#linked(target)?.key ?? null) !== replaces) throw error("conflict");
      if (!signs_in) throw error("social_not_linkable");
      const restored = account(target, provider, { key, name, email, linked_at: this.#now() });
      return this.#stepUp.guard("restore_social", key, () => this.#put(target, restored));
    },
    social_forget: ({ request: { key } }) => {
      this.#demandEdit();
      this.#former(key);
      return this.#stepUp.guard("forget_social", key, () => {
        const former = this.lists.former.filter((entry) => entry.key !== key);
        this.lists = { ...this.lists, former };
        return this.#view();
      });
    },
  };

  #pending({ target, replaces, expires_in }: Open): SocialLinkPending {
    return { target, replaces, expires_in };
  }

  #view(): SocialView {
    const former = this.lists.former.filter(({ restorable_until }) => restorable_until > this.#now());
    return { access: this.#kept.account().social, ...this.lists, former };
  }

  /** Links an account in place of that of its target, or none. */
  #put(target: string, linked: SocialAccountView | null): SocialView {
    const before = this.#linked(target);
    const others = this.lists.accounts.filter((entry) => entry !== before);
    const accounts = linked ? [...others, linked] : others;
    const kept = this.lists.former.filter(({ key }) => key !== linked?.key);
    this.lists = {
      ...this.lists,
      accounts: accounts.toSorted((a, b) => (a.target < b.target ? -1 : 1)),
      former: before ? [formerOf(before, this.#now()), ...kept] : kept,
    };
    this.#commitWays();
    return this.#view();
  }

  /** The sign-in methods follow the linked accounts. */
  #commitWays(): void {
    const present = this.#kept.account();
    const others = present.sign_in_ways.filter(({ kind }) => kind !== "social");
    const ways = this.lists.accounts.filter(({ signs_in }) => signs_in);
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

  #former(key: string): FormerSocialAccountView {
    const former = this.#view().former.find((entry) => entry.key === key);
    if (!former) throw error("social_not_restorable");
    return former;
  }

  #demandEdit(): void {
    if (this.#kept.account().social.access !== "edit") throw error("field_not_editable", "social");
  }
}
