/** The running change in Security, and the result of the last one. One per account. */
import { identifierText, valueOf } from "../../lib/account";
import type { AccountView, Identifier, NextStep } from "../../lib/contract";
import type { App } from "../../lib/state/app.svelte";
import { AddressChange } from "./address.svelte";
import { PasswordChange } from "./password.svelte";
import { Removal } from "./removal.svelte";
import { UsernameChange } from "./username.svelte";

/** What can be set or changed. */
export type Detail = Identifier | "password";

/** What the open dialog changes. */
export type Task = { kind: Detail } | { kind: "removal"; removal: Removal };

/** `to` is null when it was removed; `shown` is the same, formatted for users. Of a password only whether it is the first is known. */
export type Done =
  { kind: Identifier; to: string | null; shown: string | null } | { kind: "password"; first: boolean };

/** What each next step opens, if anything. */
export const STEPS = {
  set_password: "password",
  add_email: "email",
  add_phone: "phone",
  set_username: "username",
} as const satisfies Partial<Record<NextStep, Detail>>;

export class Security {
  #opened = $state.raw<Task | null>(null);
  /** Whether a dialog is open. Not reactive: while a dialog closes, the reactive state still has it. */
  isOpen = false;
  done = $state.raw<Done | null>(null);
  readonly email: AddressChange;
  readonly phone: AddressChange;
  readonly username: UsernameChange;
  readonly password: PasswordChange;
  readonly #app: App;
  readonly #accountId: string;
  #firstPassword = false;

  constructor(app: App, accountId: string) {
    this.#app = app;
    this.#accountId = accountId;
    const changed = (kind: Identifier) => (account: AccountView) =>
      this.finish({ kind, to: valueOf(account[kind]), shown: identifierText(account, kind) }, account);
    this.email = new AddressChange(app, accountId, "email", changed("email"));
    this.phone = new AddressChange(app, accountId, "phone", changed("phone"));
    this.username = new UsernameChange(app, accountId, changed("username"));
    this.password = new PasswordChange(app, accountId, (account) =>
      this.finish({ kind: "password", first: this.#firstPassword }, account),
    );
  }

  get opened(): Task | null {
    return this.#opened;
  }

  open(kind: Detail, account: AccountView): void {
    this.done = null;
    if (kind === "password") this.#firstPassword = valueOf(account.password) !== true;
    else this[kind].open(valueOf(account[kind]));
    this.#show({ kind });
  }

  remove(kind: Identifier, account: AccountView): void {
    this.done = null;
    const removal = new Removal(this.#app, this.#accountId, kind, account, (account) =>
      this.finish({ kind, to: null, shown: null }, account),
    );
    this.#show({ kind: "removal", removal });
  }

  /** Closes the dialog. What was typed stays, except a password. */
  leave(): void {
    if (this.opened?.kind === "password") this.password.leave();
    if (this.opened?.kind === "removal") this.opened.removal.server.forget();
    this.#show(null);
  }

  /** Handles a change that the server confirmed. */
  finish(done: Done, account: AccountView): void {
    this.#app.accept(this.#accountId, account);
    this.#show(null);
    this.done = done;
  }

  #show(task: Task | null): void {
    this.#opened = task;
    this.isOpen = task !== null;
  }
}

/** The state of this account's Security, which another page may open a change in. */
export function securityOf(app: App, accountId: string): Security {
  return app.kept(`security ${accountId}`, () => new Security(app, accountId));
}
