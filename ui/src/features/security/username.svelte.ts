/** Sets or changes the user name. What was typed stays until the server has accepted it. */
import { valueOf } from "../../lib/account";
import { type AccountView, type CommandError, LIMITS } from "../../lib/contract";
import type { App } from "../../lib/state/app.svelte";
import { trimInvisible } from "../../lib/invisible";
import { Sensitive } from "../../lib/state/sensitive.svelte";
import { type Refusal, refusalOf } from "./refusal";

export type Mistake = "empty" | "form" | "too_long" | Refusal;

/** What Logto accepts as a user name at all; the server checks the tenant's own rules. */
export function mistakeIn(typed: string): Mistake | null {
  if (!typed) return "empty";
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(typed)) return "form";
  return typed.length > LIMITS.username ? "too_long" : null;
}

export class UsernameChange {
  draft = $state("");
  mistake = $state<Mistake | null>(null);
  readonly server: Sensitive;

  readonly #app: App;
  readonly #accountId: string;
  readonly #done: (account: AccountView) => void;
  #from: string | null = null;

  constructor(app: App, accountId: string, done: (account: AccountView) => void) {
    this.#app = app;
    this.#accountId = accountId;
    this.#done = done;
    this.server = new Sensitive(app, accountId);
  }

  open(from: string | null): void {
    if (!this.draft) this.draft = from ?? "";
    this.#from = from;
    this.server.error = null;
  }

  async save(): Promise<void> {
    if (this.server.busy) return;
    const to = trimInvisible(this.draft);
    this.mistake = mistakeIn(to);
    if (this.mistake) return;
    const [accountId, from] = [this.#accountId, this.#from];
    const account = await this.server.prove(to, "username", () =>
      this.#app.host.invoke("username_update", { accountId, request: { username: { from, to } } }),
    );
    if (account) {
      this.draft = "";
      this.server.forget();
      this.#done(account);
    } else if (this.server.error) {
      this.#refuse(this.server.error);
    }
  }

  #refuse(error: CommandError): void {
    const mistake = refusalOf(error);
    if (!mistake) return;
    this.server.error = null;
    this.mistake = mistake;
    if (error.detail?.kind === "conflict") this.#from = valueOf(error.detail.present.username);
  }
}
