/**
 * The state of the page: the app's state as the host sent it, the device's settings, the chosen page, and the
 * last announcement for screen readers. One object, created in `main.ts` and passed by context; components only read it
 * and call its methods.
 */
import { getContext, setContext } from "svelte";

import type { Scheme } from "../accent";
import type {
  AccountView,
  AppSettings,
  AppState,
  Code,
  CommandError,
  Language,
  Page,
  Theme,
} from "../contract";
import { toCommandError } from "../errors/presentation";
import { formatLocale } from "../format";
import type { Host } from "../host/host";
import { m } from "../paraglide/messages";
import { overwriteGetLocale } from "../paraglide/runtime";
import { Pictures } from "./pictures.svelte";
import type { StepUp } from "./step_up.svelte";

/** What the page uses of the browser; tests pass their own. */
export interface Surroundings {
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Milliseconds since a fixed moment, on a clock that cannot be set. */
  elapsed: () => number;
  /** The system's preferred languages, best first. */
  languages: readonly string[];
}

const KEY = Symbol("app");

export class App {
  readonly host: Host;
  readonly pictures: Pictures;
  readonly #surroundings: Surroundings;
  /** Undefined until the host has answered once. */
  state = $state.raw<AppState | undefined>();
  settings = $state.raw<AppSettings | undefined>();
  page = $state<Page>("overview");
  /** How often a link has opened a page. */
  arrivals = $state(0);
  /** The field that Profile opens for editing as soon as it is drawn. */
  fieldToEdit = $state<string | null>(null);
  /** Read by the live region. */
  announcement = $state("");
  /** The running step-up; its dialog is in front of every other. */
  stepUp = $state.raw<StepUp | null>(null);
  /** Why the app's state could not be requested. */
  startError = $state.raw<CommandError | null>(null);
  /** The error of the last sign-in; shown until the next attempt. */
  signInError = $state.raw<CommandError | null>(null);
  /** Milliseconds since the epoch, updated each minute. */
  now = $state(0);
  /** Whether the system prefers dark windows. */
  systemDark = $state(false);

  #firstViewTold = false;
  // Only handed on, never drawn: it need not be reactive.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #kept = new Map<string, unknown>();
  #subscriptions: (() => void)[] = [];

  constructor(host: Host, surroundings: Surroundings) {
    this.host = host;
    this.pictures = new Pictures(host);
    this.#surroundings = surroundings;
    // Each message reads the language again, so that what was drawn with one is drawn again when the language
    // changes.
    overwriteGetLocale(() => this.language);
    this.now = surroundings.now();
  }

  language: Language = $derived.by(() => {
    const chosen = this.settings?.language;
    if (chosen) return chosen;
    return this.#surroundings.languages[0]?.toLowerCase().startsWith("de") ? "de" : "en";
  });
  /** For dates and numbers. */
  locale: string = $derived.by(() => formatLocale(this.language, this.#surroundings.languages));
  theme: Theme = $derived(this.settings?.theme ?? "system");
  scheme: Scheme = $derived(
    this.theme === "dark" || (this.theme === "system" && this.systemDark) ? "dark" : "light",
  );
  /** Why the user is signed out, where there is a reason to show. */
  notice: Code | null = $derived(
    this.state?.kind === "signed_out" ? (this.signInError?.code ?? this.state.notice) : null,
  );

  /**
   * Requests the state once, before anything is drawn, so that the first frame shows the account and not a placeholder. What
   * fails here is requested again by `start`, which shows a failure.
   */
  async look(): Promise<void> {
    const settings = this.reloadSettings();
    try {
      this.#take(await this.host.invoke("app_state"));
    } catch {
      // See above.
    }
    await settings;
  }

  /**
   * Listens and then requests the state, so that none is missed. A state from an event is newer than any answer.
   */
  async start(): Promise<void> {
    try {
      this.stop();
      this.startError = null;
      let heard = false;
      this.#subscriptions = await Promise.all([
        this.host.onState((state) => {
          heard = true;
          this.#take(state);
        }),
        this.host.onNavigate((page) => {
          this.go(page);
          this.arrivals += 1;
        }),
      ]);
      const [state, page] = await Promise.all([
        this.host.invoke("app_state"),
        this.host.invoke("pending_page").catch(() => null),
        this.settings ? null : this.reloadSettings(),
      ]);
      if (!heard) this.#take(state);
      if (page) this.go(page);
    } catch (thrown) {
      this.startError = toCommandError(thrown);
    }
  }

  stop(): void {
    for (const end of this.#subscriptions.splice(0)) end();
  }

  tick(): void {
    this.now = this.time();
  }

  /** Milliseconds since the epoch, by the computer's clock: to show when something was, never to expire it. */
  time(): number {
    return this.#surroundings.now();
  }

  /** Milliseconds since a fixed moment: for lifetimes and waiting times. */
  elapsed(): number {
    return this.#surroundings.elapsed();
  }

  go(page: Page): void {
    this.page = page;
  }

  edit(field: string): void {
    this.fieldToEdit = field;
    this.page = "profile";
  }

  /** Announces a text to screen readers. The same text twice is announced twice. */
  announce(sentence: string): void {
    this.announcement = this.announcement === sentence ? `${sentence}\u00a0` : sentence;
  }

  /** Takes the account that a command returned, if it is still the shown account. */
  accept(accountId: string, account: AccountView): void {
    const state = this.state;
    if (state?.kind !== "signed_in" || state.account_id !== accountId || account.user_id !== accountId)
      return;
    this.#take({ ...state, account, freshness: { kind: "live", at: this.#surroundings.now() } });
  }

  async reloadSettings(): Promise<void> {
    try {
      this.settings = await this.host.invoke("settings");
    } catch {
      // Without settings the page follows the system; App settings shows what is missing.
    }
  }

  async refresh(): Promise<CommandError | null> {
    const state = this.state;
    if (state?.kind !== "signed_in") return null;
    try {
      this.accept(
        state.account_id,
        await this.host.invoke("account_refresh", { accountId: state.account_id }),
      );
      this.announce(m.shell_refreshed());
      return null;
    } catch (thrown) {
      return this.#fail(thrown);
    }
  }

  /** Reads the account again without a word, after a change that the server answers without the account. */
  async reread(accountId: string): Promise<void> {
    try {
      this.accept(accountId, await this.host.invoke("account_refresh", { accountId }));
    } catch {
      // What is shown of the account is older then, until it is read again.
    }
  }

  async signIn(): Promise<void> {
    this.signInError = null;
    try {
      await this.host.invoke("sign_in");
    } catch (thrown) {
      this.signInError = toCommandError(thrown);
    }
  }

  async signOut(endBrowserSession: boolean): Promise<CommandError | null> {
    const state = this.state;
    if (state?.kind !== "signed_in") return null;
    try {
      await this.host.invoke("sign_out", { accountId: state.account_id, endBrowserSession });
      return null;
    } catch (thrown) {
      return this.#fail(thrown);
    }
  }

  /** Called when an account has been on the screen for two frames; notifies the app once. */
  firstViewDrawn(): void {
    if (this.#firstViewTold) return;
    this.#firstViewTold = true;
    this.host.invoke("first_view").catch(() => undefined);
  }

  /** Returns what a feature keeps of this account while its view is closed; dropped with the account. */
  kept<T>(key: string, make: () => T): T {
    if (!this.#kept.has(key)) this.#kept.set(key, make());
    return this.#kept.get(key) as T;
  }

  /** Returns the texts of a code in the current language. */
  words(code: Code): { title: string; body: string } {
    return { title: m[`errors_${code}_title`](), body: m[`errors_${code}_body`]() };
  }

  #fail(thrown: unknown): CommandError {
    const error = toCommandError(thrown);
    this.announce(this.words(error.code).title);
    return error;
  }

  #take(state: AppState): void {
    const before = this.state;
    this.state = state;
    if (state.kind === "signed_in" || state.kind === "signing_in") this.signInError = null;
    if (
      before?.kind === "signed_in" &&
      (state.kind !== "signed_in" || state.account_id !== before.account_id)
    ) {
      this.page = "overview";
      this.fieldToEdit = null;
      this.stepUp?.leave();
      this.pictures.forget();
      this.#kept.clear();
    }
    if (before && appearanceOf(before) !== appearanceOf(state)) void this.reloadSettings();
  }
}

/** Changes whenever theme, language or server may have: then the settings are read again. */
function appearanceOf(state: AppState): string {
  const server = "server" in state ? state.server.url : null;
  const preferences = state.kind === "signed_in" ? state.account?.preferences : null;
  return JSON.stringify([state.kind === "signed_in", server, preferences]);
}

export function provideApp(app: App): App {
  return setContext(KEY, app);
}

export function useApp(): App {
  return getContext<App>(KEY);
}
