/**
 * Step-up. A feature creates one `StepUp` for a form and runs its command through it: the command
 * is called, the dialog is shown while a proof is needed, and the command is repeated after it. What was typed in the
 * dialog lives as long as the form: closing the dialog loses nothing, and running again continues where it was left.
 */
import {
  type CodeRoute,
  type CommandError,
  LIMITS,
  type Outcome,
  type Purpose,
  type StepUpMethod,
  type StepUpProgress,
  type StepUpView,
} from "../contract";
import { toCommandError } from "../errors/presentation";
import { m } from "../paraglide/messages";
import type { App } from "./app.svelte";
import { leftOf, type SentCode } from "./sent_code";
import { Waiting } from "./waiting.svelte";

export type MethodKind = StepUpMethod["kind"];

export type Step =
  | { at: "choose" }
  /** `open`: the browser was opened and is waited for. */
  | { at: "browser"; open: boolean }
  | { at: "password" }
  | { at: CodeRoute };

/** What a user should know about the proof as a whole. */
export type Note = "more" | "again";

/** How the dialog ended. */
type End =
  | { kind: "granted" }
  | { kind: "left" }
  | { kind: "answered"; answer: unknown }
  | { kind: "failed"; error: CommandError };

export class StepUp {
  /** The name of the target for the user, for example that of a device. */
  readonly subject: string;
  purpose = $state<Purpose | null>(null);
  methods = $state.raw<readonly StepUpMethod[]>([]);
  step = $state.raw<Step>({ at: "choose" });
  note = $state<Note | null>(null);
  password = $state("");
  code = $state("");
  sent = $state.raw<{ readonly [Route in CodeRoute]?: SentCode }>({});
  /** Whether a request to the server is running. */
  busy = $state(false);
  error = $state.raw<CommandError | null>(null);
  /** What was done with the browser's URL, shown where it was requested. */
  done = $state<"reopened" | "copied" | null>(null);
  readonly waiting = new Waiting();
  /** What had the focus when the dialog opened. */
  returnTo: HTMLElement | null = null;

  readonly #app: App;
  readonly #accountId: string;
  #id = "";
  #repeat: (() => Promise<Outcome<unknown>>) | null = null;
  #end: ((end: End) => void) | null = null;
  /** Incremented whenever an attempt is no longer waited for; its late error is then not shown. */
  #turn = 0;
  /** Incremented whenever the form is closed. */
  #closed = 0;

  constructor(app: App, accountId: string, subject: string) {
    this.#app = app;
    this.#accountId = accountId;
    this.subject = subject;
  }

  /** Returns the answer of the command, or null when the user closed the dialog. Rejects with what the command rejects. */
  async run<T>(command: () => Promise<Outcome<T>>): Promise<T | null> {
    this.#repeat = command;
    const closed = this.#closed;
    let outcome = this.#id ? null : await command();
    // The form was closed while its command was on its way: no dialog opens over nothing.
    if (outcome?.kind === "step_up" && closed !== this.#closed) return null;
    for (;;) {
      if (outcome?.kind === "done") {
        this.forget();
        return outcome.answer;
      }
      if (outcome) this.#take(outcome.step_up);
      const end = await this.#shown();
      if (end.kind === "left") return null;
      if (end.kind === "failed") throw end.error;
      if (end.kind === "answered") {
        this.forget();
        return end.answer as T;
      }
      outcome = await command();
      if (outcome.kind === "step_up") this.note = "again";
    }
  }

  /** Closes the dialog. All that was typed stays. */
  leave(): void {
    this.#stop();
    this.#finish({ kind: "left" });
  }

  /** Drops everything, for a form that is closed. */
  forget(): void {
    this.#closed += 1;
    this.leave();
    this.#id = "";
    this.#clear();
    this.step = { at: "choose" };
    this.note = null;
  }

  get several(): boolean {
    return this.methods.length > 1;
  }

  /** Goes back to the choice of methods. */
  back(): void {
    this.#stop();
    this.step = { at: "choose" };
  }

  /** Starts with one method: a click on it opens the browser or sends a code. */
  async choose(kind: MethodKind): Promise<void> {
    if (kind === "browser") await this.openBrowser();
    else if (kind === "password") this.#go({ at: "password" });
    else if (this.#isValid(kind)) this.#go({ at: kind });
    else await this.sendCode(kind);
  }

  async openBrowser(): Promise<void> {
    if (this.busy) return;
    // A proof that failed in the browser may have used up its challenge: another one is requested first.
    if (this.error && this.step.at === "browser") {
      if (!(await this.#renew(null))) return;
      if (!this.methods.some((method) => method.kind === "browser")) return this.#rest();
    }
    this.#go({ at: "browser", open: true });
    await this.#prove(
      (stepUp) => this.#app.host.invoke("step_up_browser", { accountId: this.#accountId, stepUp }),
      false,
    );
  }

  async reopenBrowser(): Promise<void> {
    await this.#ask("step_up_browser_reopen", "reopened");
  }

  async copyLink(): Promise<void> {
    await this.#ask("step_up_browser_copy_link", "copied");
  }

  cancelBrowser(): void {
    this.#stop();
    this.#go(this.several ? { at: "choose" } : { at: "browser", open: false });
  }

  async provePassword(): Promise<void> {
    if (this.busy || !this.password) return;
    if ([...this.password].length > LIMITS.password) {
      this.error = { code: "password_wrong", message: "no password is so long" };
      return;
    }
    await this.#prove((stepUp) =>
      this.#app.host.invoke("step_up_password", {
        accountId: this.#accountId,
        stepUp,
        password: this.password,
      }),
    );
  }

  async sendCode(route: CodeRoute): Promise<void> {
    if (this.busy) return;
    this.#go({ at: route });
    this.code = "";
    await this.#attempt(async (stepUp) => {
      const sent = await this.#app.host.invoke("step_up_code_send", {
        accountId: this.#accountId,
        stepUp,
        route,
      });
      this.sent = { ...this.sent, [route]: { ...sent, arrivedAt: this.#app.elapsed() } };
      this.#app.announce(m.code_sent_to({ address: sent.masked }));
    });
  }

  async proveCode(route: CodeRoute): Promise<void> {
    const transaction = this.sent[route]?.transaction;
    if (this.busy || !transaction || this.code.length !== 6) return;
    await this.#prove((stepUp) =>
      this.#app.host.invoke("step_up_code_confirm", {
        accountId: this.#accountId,
        stepUp,
        request: { transaction, code: this.code },
      }),
    );
  }

  #prove(prove: (stepUp: string) => Promise<StepUpProgress>, again = true): Promise<void> {
    return this.#attempt(async (stepUp) => {
      const progress = await prove(stepUp);
      // Granted late, after the dialog was closed: the next run finds the grant.
      this.#clear();
      if (progress.kind === "granted") {
        this.#id = "";
        this.note = null;
        this.#finish({ kind: "granted" });
      } else {
        this.note = "more";
        this.step = { at: "choose" };
        this.#offer(progress.methods);
      }
    }, again);
  }

  /** Sends a request. A challenge that is expired or used is renewed, and the request sent `again`. */
  async #attempt(question: (stepUp: string) => Promise<void>, again = true): Promise<void> {
    const turn = ++this.#turn;
    const step = this.step.at;
    this.busy = true;
    this.error = null;
    this.done = null;
    this.waiting.start();
    try {
      await question(this.#id);
    } catch (thrown) {
      if (turn !== this.#turn) return;
      const error = toCommandError(thrown);
      const over = error.code === "step_up_over" || error.code === "step_up_refused";
      if (error.code === "code_expired") this.code = "";
      if (!over) {
        this.error = error.code === "sign_in_cancelled" ? null : error;
      } else if ((await this.#renew(again ? null : error)) && again && this.step.at === step) {
        await this.#attempt(question, false);
      }
    } finally {
      if (turn === this.#turn) this.#rest();
    }
  }

  /** Starts over by repeating the command, for a new challenge. False when the proof ended with that. */
  async #renew(because: CommandError | null): Promise<boolean> {
    const repeat = this.#repeat;
    if (!repeat) return false;
    const turn = this.#turn;
    this.busy = true;
    try {
      const outcome = await repeat();
      if (turn !== this.#turn) return false;
      if (outcome.kind === "done") {
        this.#finish({ kind: "answered", answer: outcome.answer });
        return false;
      }
      this.#take(outcome.step_up);
      this.error = because;
      return true;
    } catch (thrown) {
      if (turn === this.#turn) this.#finish({ kind: "failed", error: toCommandError(thrown) });
      return false;
    }
  }

  async #ask(
    command: "step_up_browser_reopen" | "step_up_browser_copy_link",
    done: "reopened" | "copied",
  ): Promise<void> {
    this.error = null;
    this.done = null;
    try {
      await this.#app.host.invoke(command);
      this.done = done;
      this.#app.announce(m[`sign_in_${done}`]());
    } catch (thrown) {
      this.error = toCommandError(thrown);
    }
  }

  #take(view: StepUpView): void {
    this.#id = view.id;
    this.purpose = view.purpose;
    this.#offer(view.methods);
  }

  /** Stays at the user's method if it is still available; goes straight to the only method there is. */
  #offer(methods: readonly StepUpMethod[]): void {
    this.methods = methods;
    const [only, ...others] = methods;
    if (methods.some((method) => method.kind === this.step.at)) return;
    if (!only || others.length > 0) this.step = { at: "choose" };
    else this.step = only.kind === "browser" ? { at: "browser", open: false } : { at: only.kind };
  }

  /** Whether the code that was sent can still be used. */
  #isValid(route: CodeRoute): boolean {
    const sent = this.sent[route];
    return sent !== undefined && leftOf(sent, this.#app.elapsed()) > 0;
  }

  #shown(): Promise<End> {
    this.#app.stepUp?.leave();
    this.returnTo = document.activeElement instanceof HTMLElement ? document.activeElement : null;
    this.#app.stepUp = this;
    return new Promise((resolve) => (this.#end = resolve));
  }

  #finish(end: End): void {
    if (this.#app.stepUp === this) this.#app.stepUp = null;
    this.#rest();
    this.#end?.(end);
    this.#end = null;
  }

  #go(step: Step): void {
    if (this.step.at !== step.at) this.error = null;
    this.step = step;
  }

  /** Stops waiting for any request, the browser included. */
  #stop(): void {
    this.#turn++;
    this.error = null;
    if (this.step.at === "browser" && this.step.open) {
      this.#app.host.invoke("step_up_browser_cancel").catch(() => undefined);
    }
    this.#rest();
  }

  #rest(): void {
    this.busy = false;
    this.waiting.stop();
    if (this.step.at === "browser" && this.step.open) this.step = { at: "browser", open: false };
  }

  #clear(): void {
    this.password = "";
    this.code = "";
    this.sent = {};
    this.error = null;
    this.done = null;
  }
}
