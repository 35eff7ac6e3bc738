/** Another name for a token. */
import type { AccessTokensView, AccessTokenView } from "../../lib/contract";
import { trimInvisible } from "../../lib/invisible";
import type { App } from "../../lib/state/app.svelte";
import { Sensitive } from "../../lib/state/sensitive.svelte";
import { type Mistake, mistakeIn, refusalOf } from "./words";

/** What the list learns. `name` is what the token is called now. */
interface Told {
  renamed: (name: string, present: AccessTokensView) => void;
  gone: (name: string) => void;
}

export class Renaming {
  /** What the token is called now; the new name as soon as it has one. */
  name: string;
  draft = $state("");
  mistake = $state<Mistake | null>(null);
  readonly server: Sensitive;

  readonly #app: App;
  readonly #accountId: string;
  readonly #told: Told;

  constructor(app: App, accountId: string, token: AccessTokenView, told: Told) {
    this.#app = app;
    this.#accountId = accountId;
    this.name = token.name;
    this.draft = token.name;
    this.#told = told;
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
      this.#told.renamed(to, present);
    } else if (this.server.error?.code === "access_token_not_found") {
      this.#told.gone(from);
    } else if (this.server.error) {
      this.mistake = refusalOf(this.server.error);
      if (this.mistake) this.server.error = null;
    }
  }
}
