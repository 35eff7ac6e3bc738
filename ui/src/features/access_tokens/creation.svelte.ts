/**
 * The creation of a token. The name and lifetime that were entered are kept until the token exists. Its value is passed
 * to the open dialog and not kept here.
 */
import type { AccessTokenCreatedView, AccessTokensView } from "../../lib/contract";
import { trimInvisible } from "../../lib/invisible";
import type { App } from "../../lib/state/app.svelte";
import { Sensitive } from "../../lib/state/sensitive.svelte";
import { type Mistake, mistakeIn, refusalOf, USUAL_LIFETIME } from "./words";

/** What the dialog shows, once. */
export type Made = Pick<AccessTokenCreatedView, "name" | "value">;

interface Callbacks {
  created: (present: AccessTokensView) => void;
  /** The token was created after the dialog had been closed, so its value was never shown. */
  unseen: (name: string) => void;
  /** Another token has the name. */
  taken: () => void;
}

export class Creation {
  name = $state("");
  /** Days until it expires; null: never. */
  lifetime = $state<number | null>(USUAL_LIFETIME);
  mistake = $state<Mistake | null>(null);
  readonly server: Sensitive;
  /** How the open dialog shows a new token; null while there is none. */
  show: ((made: Made) => void) | null = null;

  readonly #app: App;
  readonly #accountId: string;
  readonly #on: Callbacks;

  constructor(app: App, accountId: string, on: Callbacks) {
    this.#app = app;
    this.#accountId = accountId;
    this.#on = on;
    this.server = new Sensitive(app, accountId);
  }

  open(): void {
    this.mistake = null;
    this.server.error = null;
  }

  async create(): Promise<void> {
    if (this.server.busy) return;
    const name = trimInvisible(this.name);
    this.mistake = mistakeIn(name);
    if (this.mistake) return;
    const accountId = this.#accountId;
    const request = { name, lifetime_days: this.lifetime };
    const created = await this.server.prove(name, name, () =>
      this.#app.host.invoke("access_token_create", { accountId, request }),
    );
    if (created) this.#finish(created);
    else if (this.server.error) this.#refuse();
  }

  #finish({ name, value, present }: AccessTokenCreatedView): void {
    this.name = "";
    this.lifetime = USUAL_LIFETIME;
    this.server.forget();
    this.#on.created(present);
    if (this.show) this.show({ name, value });
    else this.#on.unseen(name);
  }

  #refuse(): void {
    const mistake = this.server.error && refusalOf(this.server.error);
    if (!mistake) return;
    this.server.error = null;
    this.mistake = mistake;
    if (mistake === "taken") this.#on.taken();
  }
}
