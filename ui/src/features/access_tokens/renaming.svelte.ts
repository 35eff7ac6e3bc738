/** The renaming of a token. */
import type { AccessTokensView, AccessTokenView } from "../../lib/contract";
import { trimInvisible } from "../../lib/invisible";
import type { App } from "../../lib/state/app.svelte";
import { Sensitive } from "../../lib/state/sensitive.svelte";
import { type Mistake, mistakeIn, refusalOf } from "./words";

/** Updates of the list. `name` is the present name of the token. */
interface Callbacks {
  renamed: (name: string, present: AccessTokensView) => void;
  gone: (name: string) => void;
}

export class Renaming {
  /** The present name of the token. */
  name: string;
  draft = $state("");
  mistake = $state<Mistake | null>(null);
  readonly server: Sensitive;

  readonly #app: App;
  readonly #accountId: string;
  readonly #on: Callbacks;

  constructor(app: App, accountId: string, token: AccessTokenView, on: Callbacks) {
    this.#app = app;
    this.#accountId = accountId;
    this.name = token.name;
    this.draft = token.name;
    this.#on = on;
    this.server = new Sensitive(app, accountId);
  }

  /** `leave` closes the dialog where there is nothing to change. */
  async save(leave: () => void): Promise<void> {
    if (this.server.busy) return;
    const [accountId, from] = [this.#accountId, this.name];
    // A name that was made elsewhere may have ends that are trimmed here: untouched, it stays as it is.
    const to = this.draft === from ? from : trimInvisible(this.draft);
    if (to === from) return leave();
    this.mistake = mistakeIn(to);
    if (this.mistake) return;
    const present = await this.server.ask(() =>
      this.#app.host.invoke("access_token_rename", { accountId, request: { from, to } }),
    );
    if (present) {
      this.name = to;
      this.#on.renamed(to, present);
    } else if (this.server.error?.code === "access_token_not_found") {
      this.#on.gone(from);
    } else if (this.server.error) {
      this.mistake = refusalOf(this.server.error);
      if (this.mistake) this.server.error = null;
    }
  }
}
