/**
 * The linked accounts and the providers as the server last returned them, the change in the open dialog, and the result of
 * the last change. A link that the browser is busy with goes on while its page is closed.
 */
import type {
  CommandError,
  FormerSocialAccountView,
  Outcome,
  SocialAccountView,
  SocialLinkPending,
  SocialProviderView,
  SocialView,
} from "../../lib/contract";
import { toCommandError } from "../../lib/errors/presentation";
import { m } from "../../lib/paraglide/messages";
import type { App } from "../../lib/state/app.svelte";
import { Reading } from "../../lib/state/reading.svelte";
import { Confirmation } from "./confirmation.svelte";
import { type Aim, Linking } from "./linking.svelte";
import { linkedIn, providerIn } from "./words";

/** The change in the open dialog. */
export type Task =
  | { kind: "link"; change: Linking }
  | { kind: "unlink"; change: Confirmation; account: SocialAccountView }
  | {
      kind: "restore";
      change: Confirmation;
      account: FormerSocialAccountView;
      replaced: SocialAccountView | null;
    }
  | { kind: "forget"; change: Confirmation; account: FormerSocialAccountView };

/**
 * `account` is what is linked now, null if the answer does not have it; `removed` is the key of what was linked before.
 */
export type Result = { provider: string; removed?: string | undefined } & (
  | { kind: "linked" | "switched" | "restored"; account: SocialAccountView | null }
  | { kind: "unlinked" | "forgotten" | "gone" | "not_restorable" }
);

export class Social extends Reading<SocialView> {
  opened = $state.raw<Task | null>(null);
  result = $state.raw<Result | null>(null);
  /** Why the link that the browser came back with is not waited for. */
  stray = $state.raw<CommandError | null>(null);
  /** Why the account page could not be opened, and for which provider. */
  centerFailure = $state.raw<{ target: string; error: CommandError } | null>(null);
  readonly #app: App;
  readonly #accountId: string;
  /** The provider for which the account page was opened, until the user is back. */
  #away: string | null = null;
  /** The link under way whose page was closed. */
  #parked: Linking | null = null;
  /** Incremented whenever the page opens or closes. */
  #visit = 0;

  constructor(app: App, accountId: string) {
    super(app, () => app.host.invoke("social_list", { accountId }));
    this.#app = app;
    this.#accountId = accountId;
  }

  /** As `load`, requested by the user: the result is announced. */
  async reload(): Promise<void> {
    await this.load();
    if (!this.error && !this.loading) this.#app.announce(m.shell_refreshed());
  }

  /** Shows the link under way when the page opens, also one that was begun before the app was started again. */
  async arrive(): Promise<void> {
    const visit = ++this.#visit;
    const parked = this.#parked;
    this.#parked = null;
    if (parked) {
      this.opened = { kind: "link", change: parked };
      return;
    }
    try {
      const pending = await this.#pending();
      if (pending && visit === this.#visit && !this.opened) this.#resume(pending);
    } catch (thrown) {
      const error = toCommandError(thrown);
      // Of any other error the list tells, too.
      if (visit === this.#visit && error.code.startsWith("social_")) this.stray = error;
    }
  }

  /** Shows what a link brought while the page was open. A dialog that waits gets it by itself. */
  async returned(): Promise<void> {
    if (!this.opened && !this.#parked) await this.arrive();
  }

  /** Closes the page. The link under way goes on. */
  depart(): void {
    this.#visit++;
    const task = this.opened;
    if (task?.kind === "link" && task.change.isUnderWay) {
      this.#parked = task.change;
      this.opened = null;
    } else {
      this.leave();
    }
    this.#clear();
    this.#away = null;
  }

  /** Opens the organisation's account page in the browser, where an account of this provider can be linked. */
  async openAccountCenter({ target }: SocialProviderView): Promise<void> {
    const visit = this.#visit;
    this.#clear();
    this.#away = target;
    try {
      await this.#app.host.invoke("social_account_center", { accountId: this.#accountId });
      this.#app.announce(m.social_account_center_opened());
    } catch (thrown) {
      this.#away = null;
      if (visit === this.#visit) this.centerFailure = { target, error: toCommandError(thrown) };
    }
  }

  /** Called when the window has the focus again: reads the list once after a visit to the account page. */
  async refocused(): Promise<void> {
    const target = this.#away;
    if (target === null) return;
    this.#away = null;
    const visit = this.#visit;
    await this.load();
    const account = linkedIn(this.view, target);
    if (!account) return;
    if (visit === this.#visit && !this.opened)
      this.result = { kind: "linked", provider: providerIn(this.view, target), account };
    void this.#app.reread(this.#accountId);
  }

  link({ target, name }: SocialProviderView): void {
    const change = this.#linking({ target, switches: false, replaced: null });
    this.#open({ kind: "link", change });
    void change.begin(name);
  }

  switch(account: SocialAccountView): void {
    const change = this.#linking({ target: account.target, switches: true, replaced: account });
    change.stage = "confirm";
    this.#open({ kind: "link", change });
  }

  unlink(account: SocialAccountView): void {
    const { target, key } = account;
    const change = this.#confirmation(
      account,
      (accountId) => this.#app.host.invoke("social_unlink", { accountId, request: { target, key } }),
      (_, provider) => ({ kind: "unlinked", provider, removed: key }),
    );
    this.#open({ kind: "unlink", change, account });
  }

  /** Restores an account, in place of the one of its provider that the user sees as linked. */
  restore(account: FormerSocialAccountView): void {
    const { target, key } = account;
    const replaced = linkedIn(this.view, target);
    const request = { key, replaces: replaced?.key ?? null };
    const change = this.#confirmation(
      account,
      (accountId) => this.#app.host.invoke("social_restore", { accountId, request }),
      (present, provider) => ({
        kind: "restored",
        provider,
        account: linkedIn(present, target),
        removed: replaced?.key,
      }),
    );
    this.#open({ kind: "restore", change, account, replaced });
  }

  forget(account: FormerSocialAccountView): void {
    const request = { key: account.key };
    const change = this.#confirmation(
      account,
      (accountId) => this.#app.host.invoke("social_forget", { accountId, request }),
      (_, provider) => ({ kind: "forgotten", provider }),
    );
    this.#open({ kind: "forget", change, account });
  }

  /** Shows the other link, which blocks this one. */
  async showOther(change: Linking, provider: string): Promise<void> {
    const pending = await this.#pending().catch(() => null);
    if (this.opened?.change !== change) return;
    if (pending) this.#resume(pending);
    else await change.begin(provider);
  }

  /** Closes the dialog. Neither a proof nor a link under way is kept. */
  leave(): void {
    const task = this.opened;
    this.opened = null;
    if (task?.kind === "link") task.change.leave();
    else task?.change.server.forget();
  }

  #pending(): Promise<SocialLinkPending | null> {
    return this.#app.host.invoke("social_link_pending", { accountId: this.#accountId });
  }

  #resume({ target, replaces }: SocialLinkPending): void {
    const replaced = replaces ? linkedIn(this.view, target) : null;
    const change = this.#linking({ target, switches: replaces, replaced });
    this.#open({ kind: "link", change });
    void change.wait();
  }

  #linking(aim: Aim): Linking {
    return new Linking(this.#app, this.#accountId, aim, {
      linked: (change, { target, present }) => {
        const { switches, replaced } = change.aim;
        this.#finish(change, present, {
          kind: switches ? "switched" : "linked",
          provider: providerIn(present, target),
          account: linkedIn(present, target),
          removed: (replaced ?? linkedIn(this.view, target))?.key,
        });
      },
      gone: (change) => this.#gone(change, "gone", providerIn(this.view, change.aim.target)),
      close: (change) => this.#close(change),
      reload: () => void this.load(),
      present: (target) => linkedIn(this.view, target),
    });
  }

  #confirmation(
    account: SocialAccountView | FormerSocialAccountView,
    send: (accountId: string) => Promise<Outcome<SocialView>>,
    result: (present: SocialView, provider: string) => Result,
  ): Confirmation {
    return new Confirmation(this.#app, this.#accountId, account, () => send(this.#accountId), {
      done: (change, present) => this.#finish(change, present, result(present, change.provider)),
      refused: (change, { code }) => {
        if (code === "social_not_linked" || code === "conflict") this.#gone(change, "gone", change.provider);
        else if (code === "social_not_restorable") this.#gone(change, "not_restorable", change.provider);
        // The list may have changed.
        else if (code === "social_not_linkable") void this.load();
      },
    });
  }

  #open(task: Task): void {
    this.#clear();
    this.opened = task;
  }

  /** Drops what was said about the last change. */
  #clear(): void {
    this.result = null;
    this.stray = null;
    this.centerFailure = null;
  }

  /** Closes the dialog of this change. When its answer is late, another dialog may be open. */
  #close(change: Task["change"]): void {
    if (this.#parked === change) this.#parked = null;
    if (this.opened?.change !== change) return;
    this.opened = null;
    change.server.forget();
  }

  /** Shows what a change has made, and its result. The rest of the app reads the account again. */
  #finish(change: Task["change"], present: SocialView, result: Result): void {
    this.take(present);
    this.#close(change);
    this.result = result;
    void this.#app.reread(this.#accountId);
  }

  #gone(change: Task["change"], kind: "gone" | "not_restorable", provider: string): void {
    this.#close(change);
    this.result = { kind, provider };
    void this.load();
  }
}
