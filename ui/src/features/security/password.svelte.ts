/**
 * Sets or changes the password. What was typed stays during the step-up, and is dropped as soon as the
 * dialog is closed. The rules are the tenant's, requested each time; without them the server still decides.
 */
import type { AccountView, CommandError, PasswordIssue, PasswordRules } from "../../lib/contract";
import type { App } from "../../lib/state/app.svelte";
import { Sensitive } from "../../lib/state/sensitive.svelte";
import { generate } from "./generate";
import { issuesIn, type OwnData } from "./rules";

export type Mistake = "empty" | "broken" | "same" | "refused";

export class PasswordChange {
  draft = $state("");
  rules = $state.raw<PasswordRules | null>(null);
  readonly server: Sensitive;
  /** The request for the rules. */
  readonly asked: Sensitive;

  readonly #app: App;
  readonly #accountId: string;
  readonly #done: (account: AccountView) => void;
  /** The password that was tried last, and the server's answer. */
  #tried = $state.raw<{ password: string; mistake: Mistake; issues: readonly PasswordIssue[] } | null>(null);

  constructor(app: App, accountId: string, done: (account: AccountView) => void) {
    this.#app = app;
    this.#accountId = accountId;
    this.#done = done;
    this.server = new Sensitive(app, accountId);
    this.asked = new Sensitive(app, accountId);
  }

  /** Why the typed password was refused; null as soon as it changes. */
  get mistake(): Mistake | null {
    return this.#tried?.password === this.draft ? this.#tried.mistake : null;
  }

  /** The server's answer about the typed password. */
  get said(): readonly PasswordIssue[] {
    return this.#tried?.password === this.draft ? this.#tried.issues : [];
  }

  async open(): Promise<void> {
    const accountId = this.#accountId;
    const rules = await this.asked.ask(() => this.#app.host.invoke("password_rules", { accountId }));
    if (rules) this.rules = rules;
  }

  /** Closes the dialog: nothing of the password is kept. */
  leave(): void {
    this.draft = "";
    this.#tried = null;
    this.server.forget();
  }

  generate(own: OwnData): void {
    this.draft = generate(this.rules, own);
  }

  async save(own: OwnData): Promise<void> {
    if (this.server.busy) return;
    const password = this.draft;
    this.server.error = null;
    if (!password) return this.#refuse("empty", password);
    if (this.rules && issuesIn(password, this.rules, own).length > 0) return this.#refuse("broken", password);
    this.#tried = null;
    const accountId = this.#accountId;
    const account = await this.server.prove("", "password", () =>
      this.#app.host.invoke("password_update", { accountId, request: { password } }),
    );
    if (account) {
      this.leave();
      this.#done(account);
    } else if (this.server.error && this.draft === password) {
      this.#take(this.server.error, password);
    }
  }

  #take(error: CommandError, password: string): void {
    if (error.code !== "password_rejected") return;
    this.server.error = null;
    const issues = error.detail?.kind === "password_issues" ? error.detail.issues : [];
    if (issues.length === 0) return this.#refuse("refused", password);
    const same = issues.every(({ kind }) => kind === "same_as_present");
    this.#refuse(same ? "same" : "broken", password, issues);
  }

  #refuse(mistake: Mistake, password: string, issues: readonly PasswordIssue[] = []): void {
    this.#tried = { password, mistake, issues };
  }
}
