/** Unlinking an account. */
import type { NextStep, SocialAccountView, SocialView } from "../../lib/contract";
import type { App } from "../../lib/state/app.svelte";
import { Sensitive } from "../../lib/state/sensitive.svelte";
import { providerName } from "./words";

interface Callbacks {
  unlinked: (change: Unlinking, present: SocialView) => void;
  /** It is not linked any more, or another account of its provider is. */
  gone: (change: Unlinking) => void;
}

export class Unlinking {
  readonly account: SocialAccountView;
  readonly provider: string;
  readonly server: Sensitive;

  readonly #app: App;
  readonly #accountId: string;
  readonly #on: Callbacks;

  constructor(app: App, accountId: string, account: SocialAccountView, on: Callbacks) {
    this.#app = app;
    this.#accountId = accountId;
    this.account = account;
    this.provider = providerName(account.target, account.provider);
    this.#on = on;
    this.server = new Sensitive(app, accountId);
  }

  /** What to do first, when it is the last sign-in method. */
  get nextSteps(): readonly NextStep[] | null {
    const error = this.server.error;
    if (error?.code !== "last_sign_in_method") return null;
    return error.detail?.kind === "last_way" ? error.detail.next_steps : [];
  }

  async confirm(): Promise<void> {
    const { target, key } = this.account;
    const accountId = this.#accountId;
    const present = await this.server.prove(this.provider, key, () =>
      this.#app.host.invoke("social_unlink", { accountId, request: { target, key } }),
    );
    if (present) this.#on.unlinked(this, present);
    else if (this.server.error?.code === "social_not_linked") this.#on.gone(this);
  }
}
