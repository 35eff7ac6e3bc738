/**
 * Linking an account of a provider, or replacing a linked one: a proof, then the browser, whose answer the app awaits. Only
 * that answer shows that the account is linked.
 */
import type {
  CommandError,
  SocialAccountView,
  SocialLinkedView,
  SocialLinkPending,
} from "../../lib/contract";
import { toCommandError } from "../../lib/errors/presentation";
import { m } from "../../lib/paraglide/messages";
import type { App } from "../../lib/state/app.svelte";
import { Sensitive } from "../../lib/state/sensitive.svelte";
import { Waiting } from "../../lib/state/waiting.svelte";

export type Stage =
  /** Asks whether to replace the present account. */
  | "confirm"
  /** A proof is asked for, or the browser about to be opened. */
  | "preparing"
  /** The browser is at the provider. */
  | "browser"
  /** The browser is done, and the app asks the provider again. */
  | "finishing"
  | "failed";

/** What is linked. */
export interface Aim {
  target: string;
  /** Whether it replaces an account. */
  switches: boolean;
  /** The account that it replaces, where that is known. */
  replaced: SocialAccountView | null;
}

interface Callbacks {
  linked: (change: Linking, answer: SocialLinkedView) => void;
  /** The account to be replaced is not linked any more, or another one is linked by now. */
  gone: (change: Linking) => void;
  /** There is nothing left to show. */
  close: (change: Linking) => void;
  /** The list may have changed. */
  reload: () => void;
  /** The account that is linked now, for a link whose beginning this page did not see. */
  present: (target: string) => SocialAccountView | null;
}

export class Linking {
  readonly aim: Aim;
  readonly server: Sensitive;
  /** How long the browser, or the provider, has been waited for. */
  readonly waiting = new Waiting();
  stage = $state<Stage>("preparing");
  failure = $state.raw<CommandError | null>(null);
  /** What went wrong with opening the browser or copying its URL. */
  problem = $state.raw<CommandError | null>(null);
  /** What was done with the browser's URL last. */
  done = $state<"reopened" | "copied" | null>(null);

  readonly #app: App;
  readonly #accountId: string;
  readonly #on: Callbacks;
  #left = false;

  constructor(app: App, accountId: string, aim: Aim, on: Callbacks) {
    this.#app = app;
    this.#accountId = accountId;
    this.aim = aim;
    this.#on = on;
    this.server = new Sensitive(app, accountId);
  }

  /** Whether the app waits for its end. */
  get isUnderWay(): boolean {
    return this.stage === "browser" || this.stage === "finishing";
  }

  /** Opens the browser, after a proof. `provider` names it to the user, who sees `before` again if they leave the proof. */
  async begin(provider: string, before = this.#shown()): Promise<void> {
    if (this.#left || this.server.busy) return;
    this.stage = "preparing";
    this.failure = null;
    const { target } = this.aim;
    const [accountId, replaces] = [this.#accountId, this.#replaces()];
    const pending = await this.server.prove(provider, replaces ?? target, () =>
      this.#app.host.invoke("social_link_begin", { accountId, request: { target, replaces } }),
    );
    if (this.#left) {
      if (pending) this.#cancel();
    } else if (pending) {
      await this.wait();
    } else if (this.server.error) {
      await this.#refuse(this.server.error);
    } else if (before.stage === "preparing") {
      this.#on.close(this);
    } else {
      // The user closed the proof, and finds the question as it was.
      Object.assign(this, before);
    }
  }

  /** Waits until the account is linked, or the link failed. */
  async wait(stage: "browser" | "finishing" = "browser"): Promise<void> {
    this.stage = stage;
    this.failure = null;
    this.done = null;
    this.waiting.start();
    try {
      const answer = await this.#app.host.invoke("social_link_wait", { accountId: this.#accountId });
      this.#on.linked(this, answer);
    } catch (thrown) {
      if (!this.#left) this.#fail(toCommandError(thrown));
    } finally {
      this.waiting.stop();
    }
  }

  /** Tries again after a failure: goes on with the link if it is still open, else begins again. */
  async retry(provider: string): Promise<void> {
    const before = this.#shown();
    this.problem = null;
    this.stage = "preparing";
    const isDone = before.failure?.code === "social_provider_unreachable";
    if (await this.#isOpen()) return this.wait(isDone ? "finishing" : "browser");
    return this.begin(provider, before);
  }

  reopen(): Promise<void> {
    return this.#ask("social_link_reopen", "reopened");
  }

  copyLink(): Promise<void> {
    return this.#ask("social_link_copy_link", "copied");
  }

  /** Gives up. A link that failed and is still open stays so: to link the same provider goes on with it. */
  leave(): void {
    this.#left = true;
    this.server.forget();
    if (this.isUnderWay) this.#cancel();
  }

  #shown() {
    return { stage: this.stage, failure: this.failure };
  }

  #replaces(): string | null {
    const { target, switches, replaced } = this.aim;
    return switches ? ((replaced ?? this.#on.present(target))?.key ?? null) : null;
  }

  /** A link under way may be this one: begun before, or now, without a browser to show it in. */
  async #refuse(error: CommandError): Promise<void> {
    const noBrowser = error.code === "browser_unavailable";
    if ((noBrowser || error.code === "social_link_in_progress") && (await this.#isOpen())) {
      this.problem = noBrowser ? error : null;
      return this.wait();
    }
    if (!this.#left) this.#fail(error);
  }

  async #isOpen(): Promise<boolean> {
    const { target, switches } = this.aim;
    let pending: SocialLinkPending | null = null;
    try {
      pending = await this.#app.host.invoke("social_link_pending", { accountId: this.#accountId });
    } catch {
      // What the next request is refused with says more.
    }
    return !this.#left && pending?.target === target && pending.replaces === switches;
  }

  #fail(error: CommandError): void {
    if (error.code === "social_link_cancelled") return this.#on.close(this);
    if (error.code === "social_not_linked" || error.code === "conflict") return this.#on.gone(this);
    if (error.code === "social_link_over" || error.code === "social_not_linkable") this.#on.reload();
    this.failure = error;
    this.stage = "failed";
  }

  #cancel(): void {
    this.#app.host.invoke("social_link_cancel", { accountId: this.#accountId }).catch(() => undefined);
  }

  async #ask(
    command: "social_link_reopen" | "social_link_copy_link",
    done: "reopened" | "copied",
  ): Promise<void> {
    this.problem = null;
    this.done = null;
    try {
      await this.#app.host.invoke(command, { accountId: this.#accountId });
      this.done = done;
      this.#app.announce(m[`sign_in_${done}`]());
    } catch (thrown) {
      this.problem = toCommandError(thrown);
    }
  }
}
