/** The revocation of a token. */
import type { AccessTokensView, AccessTokenView } from "../../lib/contract";
import type { App } from "../../lib/state/app.svelte";
import { Sensitive } from "../../lib/state/sensitive.svelte";

/** Updates of the list. */
interface Callbacks {
  revoked: (name: string, present: AccessTokensView) => void;
  gone: (name: string) => void;
}

export class Revocation {
  readonly token: AccessTokenView;
  readonly server: Sensitive;

  readonly #app: App;
  readonly #accountId: string;
  readonly #on: Callbacks;

  constructor(app: App, accountId: string, token: AccessTokenView, on: Callbacks) {
    this.#app = app;
    this.#accountId = accountId;
    this.token = token;
    this.#on = on;
    this.server = new Sensitive(app, accountId);
  }

  async confirm(): Promise<void> {
    const [accountId, name] = [this.#accountId, this.token.name];
    const present = await this.server.prove(name, name, () =>
      this.#app.host.invoke("access_token_revoke", { accountId, request: { name } }),
    );
    if (present) this.#on.revoked(name, present);
    else if (this.server.error?.code === "access_token_not_found") this.#on.gone(name);
  }
}
