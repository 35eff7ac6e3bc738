/**
 * The user's tokens as the server last returned them, the change in the open dialog, and the result of the last change.
 * The value of a new token is not kept here.
 */
import type { AccessTokensView, AccessTokenView } from "../../lib/contract";
import { m } from "../../lib/paraglide/messages";
import type { App } from "../../lib/state/app.svelte";
import { Reading } from "../../lib/state/reading.svelte";
import { Creation } from "./creation.svelte";
import { Renaming } from "./renaming.svelte";
import { Revocation } from "./revocation.svelte";

/** The change in the open dialog. */
export type Task =
  | { kind: "create"; change: Creation }
  | { kind: "rename"; change: Renaming }
  | { kind: "revoke"; change: Revocation };

/** `unseen`: created after the dialog had been closed, so the value was never shown. */
export interface Result {
  kind: "revoked" | "gone" | "unseen";
  name: string;
}

export class AccessTokens extends Reading<AccessTokensView> {
  opened = $state.raw<Task | null>(null);
  result = $state.raw<Result | null>(null);
  readonly #app: App;
  readonly #accountId: string;
  readonly #creation: Creation;

  constructor(app: App, accountId: string) {
    super(app, () => app.host.invoke("access_tokens_list", { accountId }));
    this.#app = app;
    this.#accountId = accountId;
    this.#creation = new Creation(app, accountId, {
      created: (present) => this.take(present),
      unseen: (name) => (this.result = { kind: "unseen", name }),
      // Another program, or an answer that got lost, created a token that the list does not have.
      taken: () => void this.load(),
    });
  }

  create(): void {
    this.#creation.open();
    this.#open({ kind: "create", change: this.#creation });
  }

  rename(token: AccessTokenView): void {
    const renaming = new Renaming(this.#app, this.#accountId, token, {
      renamed: (name, present) => {
        this.take(present);
        this.#close(renaming);
        this.#app.announce(m.access_tokens_result_renamed({ name }));
      },
      gone: (name) => this.#gone(renaming, name),
    });
    this.#open({ kind: "rename", change: renaming });
  }

  revoke(token: AccessTokenView): void {
    const revocation = new Revocation(this.#app, this.#accountId, token, {
      revoked: (name, present) => {
        this.take(present);
        this.#close(revocation);
        this.result = { kind: "revoked", name };
      },
      gone: (name) => this.#gone(revocation, name),
    });
    this.#open({ kind: "revoke", change: revocation });
  }

  /** Closes the dialog. The entered name of a new token is kept; the step-up is not. */
  leave(): void {
    const task = this.opened;
    this.opened = null;
    task?.change.server.forget();
  }

  #open(task: Task): void {
    this.result = null;
    this.opened = task;
  }

  /** Closes the dialog of this change. When its answer is late, another dialog may be open, which may show a value. */
  #close(change: Renaming | Revocation): void {
    if (this.opened?.change === change) this.leave();
  }

  #gone(change: Renaming | Revocation, name: string): void {
    this.#close(change);
    this.result = { kind: "gone", name };
    void this.load();
  }
}
