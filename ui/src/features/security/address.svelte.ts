/**
 * A new e-mail address or phone number: typed, proven by a code that is sent to it, and then set. What
 * was typed stays until then, even when the dialog is closed; a code that is still valid is not sent again.
 */
import { type AccountView, type CommandError, LIMITS } from "../../lib/contract";
import { valueOf } from "../../lib/account";
import type { App } from "../../lib/state/app.svelte";
import { Sensitive } from "../../lib/state/sensitive.svelte";
import { leftOf, type SentCode } from "../../lib/state/sent_code";
import { hasInvisible, trimInvisible } from "../../lib/invisible";
import { m } from "../../lib/paraglide/messages";
import { hasDigits, plainNumber } from "./phone_number";
import { type Refusal, refusalOf } from "./refusal";

export type Route = "email" | "phone";
/** The issue of what was typed, shown next to it. */
export type Mistake = "empty" | "form" | "invisible" | "too_long" | "same" | Refusal;

/** Checks what no server accepts; the server decides everything else. */
export function mistakeIn(route: Route, typed: string, present: string | null): Mistake | null {
  if (!typed) return "empty";
  if (typed === present) return "same";
  if (route === "email") {
    if (hasInvisible(typed.replaceAll(/\s/gu, ""))) return "invisible";
    if (!/^[^\s@]+@[^\s@]+$/.test(typed)) return "form";
    return [...typed].length > LIMITS.email ? "too_long" : null;
  }
  const plain = plainNumber(typed);
  if (plain === null) return "form";
  return present !== null && hasDigits(plain, present) ? "same" : null;
}

export class AddressChange {
  readonly route: Route;
  draft = $state("");
  code = $state("");
  sent = $state.raw<SentCode | null>(null);
  mistake = $state<Mistake | null>(null);
  /** The address that `mistake` is about, where it names one. */
  refused = $state("");
  readonly server: Sensitive;

  readonly #app: App;
  readonly #accountId: string;
  readonly #done: (account: AccountView) => void;
  #from: string | null = null;
  /** Where the code was sent. */
  #to = "";

  constructor(app: App, accountId: string, route: Route, done: (account: AccountView) => void) {
    this.#app = app;
    this.#accountId = accountId;
    this.route = route;
    this.#done = done;
    this.server = new Sensitive(app, accountId);
  }

  /** Starts, or continues where it was left. `from` is what the user sees now. */
  open(from: string | null): void {
    const isValid = this.sent && leftOf(this.sent, this.#app.elapsed()) > 0 && this.#from === from;
    if (!isValid) this.retype();
    this.#from = from;
  }

  /** Goes back to what was typed and gives up the pending code. */
  retype(): void {
    this.sent = null;
    this.code = "";
    this.server.error = null;
  }

  async send(): Promise<void> {
    if (this.server.busy) return;
    const typed = trimInvisible(this.draft);
    this.mistake = mistakeIn(this.route, typed, this.#from);
    if (this.mistake) return;
    this.#to = typed;
    await this.#ask();
  }

  async resend(): Promise<void> {
    this.code = "";
    await this.#ask();
  }

  async confirm(): Promise<void> {
    const transaction = this.sent?.transaction;
    if (!transaction || this.code.length !== 6 || this.server.busy) return;
    const args = { accountId: this.#accountId, request: { transaction, code: this.code } };
    const { host } = this.#app;
    const account = await this.server.ask(() =>
      this.route === "email" ? host.invoke("email_confirm", args) : host.invoke("phone_confirm", args),
    );
    if (account) {
      this.draft = "";
      this.retype();
      this.server.forget();
      this.#done(account);
    } else if (this.server.error) {
      this.#refuse(this.server.error);
    }
  }

  async #ask(): Promise<void> {
    const { host } = this.#app;
    const [accountId, from, to] = [this.#accountId, this.#from, this.#to];
    const sent = await this.server.prove(to, to, () =>
      this.route === "email"
        ? host.invoke("email_set", { accountId, request: { from, address: to } })
        : host.invoke("phone_set", { accountId, request: { from, number: to } }),
    );
    if (sent) {
      this.sent = { ...sent, arrivedAt: this.#app.elapsed() };
      this.code = "";
      this.#app.announce(m.code_sent_to({ address: sent.masked }));
    } else if (this.server.error) {
      this.#refuse(this.server.error);
    }
  }

  /** An error of the value goes back to what was typed; one of the code stays with the code. */
  #refuse(error: CommandError): void {
    if (error.code === "code_expired") this.code = "";
    const mistake = refusalOf(error);
    if (!mistake) return;
    this.retype();
    this.server.forget();
    this.mistake = mistake;
    this.refused = this.#to;
    if (error.detail?.kind === "conflict") this.#from = valueOf(error.detail.present[this.route]);
  }
}
