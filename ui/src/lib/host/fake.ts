/**
 * A host without an app behind it, for tests and for working on the page alone. It keeps an account in memory
 * and treats changes as the settings server does; a test can make any command fail, wait or return something else.
 */
import type {
  AccountView,
  AppSettings,
  AppState,
  Change,
  CommandError,
  Page,
  Preferences,
  Profile,
} from "../contract";
import { FakeAccessTokens } from "./fake_access_tokens";
import { error, type Handlers } from "./fake_parts";
import { FakeOrganisation } from "./fake_organisation";
import { FakeSecurity } from "./fake_security";
import { FakeSessions } from "./fake_sessions";
import { FakeSocial } from "./fake_social";
import { fakeServer, fakeSettings, PICTURE, signedIn } from "./fake_states";
import { FakeStepUp } from "./fake_step_up";
import type { Answer, Arguments, CommandName, Host, Unsubscribe } from "./host";

export class FakeHost implements Host {
  /** Every call so far, in order. */
  readonly calls: { command: CommandName; args: unknown }[] = [];
  /** What the next calls of a command do instead; taken one by one. */
  readonly next: { [C in CommandName]?: ((...args: Arguments<C>) => Answer<C> | Promise<Answer<C>>)[] } = {};
  state: AppState;
  settings: AppSettings = fakeSettings();
  /** Whether links of the app open another program. */
  linksGoElsewhere = false;
  pendingPage: Page | null = null;
  readonly stepUp: FakeStepUp;
  readonly sessions: FakeSessions;
  readonly accessTokens: FakeAccessTokens;
  readonly social: FakeSocial;
  readonly security: FakeSecurity;
  readonly organisation: FakeOrganisation;

  readonly #states = new Set<(state: AppState) => void>();
  readonly #pages = new Set<(page: Page) => void>();
  readonly #now: () => number;
  readonly #handlers: Handlers;

  constructor(state: AppState, now: () => number = Date.now) {
    this.state = state;
    this.#now = now;
    this.stepUp = new FakeStepUp(now);
    const kept = {
      account: () => this.#account(),
      commit: (account: AccountView) => this.#commit(account),
    };
    this.sessions = new FakeSessions(now, this.stepUp, kept.account);
    this.accessTokens = new FakeAccessTokens(now, this.stepUp, kept.account);
    this.social = new FakeSocial(now, this.stepUp, kept);
    this.security = new FakeSecurity(now, this.stepUp, kept);
    this.organisation = new FakeOrganisation(kept);
    this.#handlers = {
      ...this.#own,
      ...this.stepUp.handlers,
      ...this.sessions.handlers,
      ...this.accessTokens.handlers,
      ...this.social.handlers,
      ...this.security.handlers,
      ...this.organisation.handlers,
    };
    if ("server" in state) this.settings.server = { url: state.server.url, source: state.server.source };
    if (state.kind === "no_server") this.settings.server = null;
  }

  async invoke<C extends CommandName>(command: C, ...args: Arguments<C>): Promise<Answer<C>> {
    this.calls.push({ command, args: args[0] });
    const planned = this.next[command]?.shift() as Handlers[C] | undefined;
    const handler = planned ?? (this.#handlers[command] as Handlers[C]);
    return (await (handler as (...given: unknown[]) => unknown)(...args)) as Answer<C>;
  }

  async onState(callback: (state: AppState) => void): Promise<Unsubscribe> {
    this.#states.add(callback);
    return () => this.#states.delete(callback);
  }

  async onNavigate(callback: (page: Page) => void): Promise<Unsubscribe> {
    this.#pages.add(callback);
    return () => this.#pages.delete(callback);
  }

  /** Moves to another state and notifies the page, as the app does. */
  emit(state: AppState): void {
    this.state = state;
    for (const callback of this.#states) callback(state);
  }

  navigate(page: Page): void {
    for (const callback of this.#pages) callback(page);
  }

  /** Makes the next call of a command fail. */
  fail(command: CommandName, error: CommandError): void {
    const plan = (this.next[command] ??= []) as unknown as (() => Promise<never>)[];
    plan.push(() => Promise.reject(error));
  }

  /** Makes the next call of a command wait until the returned function is called. */
  hold(command: CommandName): () => void {
    let release = () => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    const plan = (this.next[command] ??= []) as unknown as ((...args: unknown[]) => Promise<unknown>)[];
    const usual = this.#handlers[command] as (...args: unknown[]) => unknown;
    plan.push(async (...args) => {
      await gate;
      return usual(...args);
    });
    return release;
  }

  #account(): AccountView {
    if (this.state.kind !== "signed_in" || !this.state.account) throw error("signed_out");
    return this.state.account;
  }

  #commit(account: AccountView): AccountView {
    if (this.state.kind === "signed_in") {
      this.emit({ ...this.state, account, freshness: { kind: "live", at: this.#now() } });
    }
    return account;
  }

  readonly #own: Omit<
    Handlers,
    keyof (FakeStepUp &
      FakeSessions &
      FakeAccessTokens &
      FakeSocial &
      FakeSecurity &
      FakeOrganisation)["handlers"]
  > = {
    app_state: () => this.state,
    pending_page: () => {
      const page = this.pendingPage;
      this.pendingPage = null;
      return page;
    },
    first_view: () => undefined,
    sign_in: () => this.emit({ kind: "signing_in", server: this.#server(), stage: "waiting_for_browser" }),
    sign_in_reopen: () => this.emit(signedIn(this.#now(), { server: this.#server() })),
    sign_in_copy_link: () => undefined,
    sign_in_cancel: () =>
      this.emit({ kind: "signed_out", server: this.#server(), notice: "sign_in_cancelled" }),
    sign_out: () => this.emit({ kind: "signed_out", server: this.#server(), notice: null }),
    session_keep: () => {
      if (this.state.kind === "signed_in") this.emit({ ...this.state, persistence: { kind: "keyring" } });
    },
    account_refresh: () => this.#commit(this.#account()),
    account_update: ({ request }) => {
      const account = structuredClone(this.#account());
      for (const key of ["name", "avatar"] as const) {
        const change = request[key];
        if (!change) continue;
        const field = account[key];
        if (field.access !== "edit") throw error("field_not_editable", key);
        if ((field.value ?? null) !== change.from && (field.value ?? null) !== change.to) {
          throw { ...error("conflict"), detail: { kind: "conflict", fields: [key], present: account } };
        }
        field.value = change.to;
      }
      return this.#commit(account);
    },
    profile_update: ({ request }) => {
      const account = structuredClone(this.#account());
      if (account.profile.access !== "edit") throw error("field_not_editable", "profile");
      const profile = (account.profile.value ?? {}) as Record<keyof Profile, unknown>;
      for (const [key, change] of Object.entries(request) as [keyof Profile, Change<unknown>][]) {
        const present = JSON.stringify(profile[key] ?? null);
        if (present !== JSON.stringify(change.from) && present !== JSON.stringify(change.to)) {
          throw { ...error("conflict"), detail: { kind: "conflict", fields: [key], present: account } };
        }
        profile[key] = change.to;
      }
      account.profile.value = profile as Profile;
      return this.#commit(account);
    },
    picture: ({ url }) => {
      if (url.includes("missing")) throw error("picture_unavailable");
      return PICTURE;
    },
    settings: () => this.settings,
    settings_set_browser_return: ({ browserReturn }) => {
      this.settings = {
        ...this.settings,
        browser_return: browserReturn,
        links_go_elsewhere: browserReturn === "link" && this.linksGoElsewhere,
      };
      return this.settings;
    },
    settings_set_server: ({ url }) => {
      if (!URL.canParse(url) || !url.startsWith("https://")) throw error("server_url_invalid");
      this.settings = { ...this.settings, server: { url, source: "user" } };
      this.emit({ kind: "signed_out", server: { ...fakeServer(), url, source: "user" }, notice: null });
      return this.settings;
    },
    settings_set_appearance: ({ theme, language }) => {
      this.settings = { ...this.settings, theme, language };
      if (this.state.kind === "signed_in" && this.state.account?.preferences.access === "edit") {
        const preferences: Preferences = { theme, language };
        this.#commit({ ...this.state.account, preferences: { access: "edit", value: preferences } });
      }
      return this.settings;
    },
  };

  #server() {
    return "server" in this.state ? this.state.server : fakeServer();
  }
}
