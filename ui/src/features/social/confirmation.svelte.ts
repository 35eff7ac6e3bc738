/** A change of one account that a user only has to confirm: unlinking it, restoring it, or removing it for good. */
import type { CommandError, NextStep, Outcome, SocialAccountView, SocialView } from "../../lib/contract";
import type { App } from "../../lib/state/app.svelte";
import { Sensitive } from "../../lib/state/sensitive.svelte";
import { providerName } from "./words";

interface Callbacks {
  done: (change: Confirmation, present: SocialView) => void;
  refused: (change: Confirmation, error: CommandError) => void;
}

export class Confirmation {
  readonly provider: string;
  readonly server: Sensitive;

  readonly #key: string;
  readonly #send: () => Promise<Outcome<SocialView>>;
  readonly #on: Callbacks;

  constructor(
    app: App,
    accountId: string,
    { target, key, provider }: Pick<SocialAccountView, "target" | "key" | "provider">,
    send: () => Promise<Outcome<SocialView>>,
    on: Callbacks,
  ) {
    this.provider = providerName(target, provider);
    this.server = new Sensitive(app, accountId);
    this.#key = key;
    this.#send = send;
    this.#on = on;
  }

  /** What to do first, when no usable sign-in method would remain. */
  get nextSteps(): readonly NextStep[] | null {
    const error = this.server.error;
    if (error?.code !== "last_sign_in_method") return null;
    return error.detail?.kind === "last_way" ? error.detail.next_steps : [];
  }

  async confirm(): Promise<void> {
    const present = await this.server.prove(this.provider, this.#key, this.#send);
    if (present) this.#on.done(this, present);
    else if (this.server.error) this.#on.refused(this, this.server.error);
  }
}
