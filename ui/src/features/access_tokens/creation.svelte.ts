/**
 * A new token. What was typed stays until the token is there. Its value goes straight to the dialog that shows it and
 * is kept nowhere here.
 */
import type { AccessTokenCreatedView, AccessTokensView } from "../../lib/contract";
import { trimInvisible } from "../../lib/invisible";
import type { App } from "../../lib/state/app.svelte";
import { Sensitive } from "../../lib/state/sensitive.svelte";
import { type Mistake, mistakeIn, refusalOf, USUAL_LIFETIME } from "./words";

/** What the dialog shows once. */
export type Made = Pick<AccessTokenCreatedView, "name" | "value">;

interface Told {
  created: (present: AccessTokensView) => void;
  /** Created when no dialog was left to show the value. */
  unseen: (name: string) => void;
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
  readonly #told: Told;

  constructor(app: App, accountId: string, told: Told) {
    this.#app = app;
    this.#accountId = accountId;
    this.#told = told;
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
    this.#told.created(present);
    if (this.show) this.show({ name, value });
    else this.#told.unseen(name);
  }

  #refuse(): void {
    const mistake = this.server.error && refusalOf(this.server.error);
    if (!mistake) return;
    this.server.error = null;
    this.mistake = mistake;
    if (mistake === "taken") this.#told.taken();
  }
}
