/** Removing an e-mail address, a phone number or a user name. */
import { identifierText, valueOf } from "../../lib/account";
import type { AccountView, Identifier, NextStep, Outcome } from "../../lib/contract";
import type { App } from "../../lib/state/app.svelte";
import { Sensitive } from "../../lib/state/sensitive.svelte";

export class Removal {
  readonly kind: Identifier;
  /** As the user saw it when the dialog opened. */
  readonly value: string;
  /** The same, formatted for users. */
  readonly shown: string;
  readonly server: Sensitive;

  readonly #app: App;
  readonly #accountId: string;
  readonly #done: (account: AccountView) => void;

  constructor(
    app: App,
    accountId: string,
    kind: Identifier,
    account: AccountView,
    done: (account: AccountView) => void,
  ) {
    this.#app = app;
    this.#accountId = accountId;
    this.kind = kind;
    this.value = valueOf(account[kind]) ?? "";
    this.shown = identifierText(account, kind) ?? "";
    this.#done = done;
    this.server = new Sensitive(app, accountId);
  }

  /** What to do first, when it is the last way to sign in. */
  get nextSteps(): readonly NextStep[] | null {
    const error = this.server.error;
    if (error?.code !== "last_sign_in_method") return null;
    return error.detail?.kind === "last_way" ? error.detail.next_steps : [];
  }

  async confirm(): Promise<void> {
    const account = await this.server.prove(this.value, this.kind, () => this.#send());
    if (!account) return;
    this.server.forget();
    this.#done(account);
  }

  #send(): Promise<Outcome<AccountView>> {
    const { host } = this.#app;
    const [accountId, from] = [this.#accountId, this.value];
    switch (this.kind) {
      case "email":
        return host.invoke("email_remove", { accountId, request: { from } });
      case "phone":
        return host.invoke("phone_remove", { accountId, request: { from } });
      case "username":
        return host.invoke("username_update", { accountId, request: { username: { from, to: null } } });
    }
  }
}
