/**
 * One request of a form to the server, with a proof where it is needed: whether it is running, what it was
 * refused with, and how long it has been waiting. It measures the wait for the server, not the user's time for the proof.
 */
import type { CommandError, Outcome } from "../contract";
import { toCommandError } from "../errors/presentation";
import type { App } from "./app.svelte";
import { StepUp } from "./step_up.svelte";
import { Waiting } from "./waiting.svelte";

export class Sensitive {
  busy = $state(false);
  error = $state.raw<CommandError | null>(null);
  readonly waiting = new Waiting();

  readonly #app: App;
  readonly #accountId: string;
  #proof: StepUp | null = null;
  /** What the proof is for: another target needs another one. */
  #target = "";

  constructor(app: App, accountId: string) {
    this.#app = app;
    this.#accountId = accountId;
  }

  /**
   * Calls a command that may need a proof. `target` distinguishes proofs, `subject` names it to the user.
   * Returns the answer, or null when the user cancelled the proof, it was refused, or another request is running.
   */
  async prove<T>(subject: string, target: string, command: () => Promise<Outcome<T>>): Promise<T | null> {
    if (this.busy) return null;
    if (this.#target !== target) this.forget();
    this.#target = target;
    const proof = (this.#proof ??= new StepUp(this.#app, this.#accountId, subject));
    return this.#attempt(() => proof.run(() => this.#timed(command)));
  }

  /** Calls a command that needs no proof. Returns the answer, or null when it was refused. */
  async ask<T>(command: () => Promise<T>): Promise<T | null> {
    if (this.busy) return null;
    return this.#attempt(() => this.#timed(command));
  }

  /** Drops the error and what was typed or proven in the step-up dialog. */
  forget(): void {
    this.error = null;
    this.#proof?.forget();
    this.#proof = null;
    this.#target = "";
  }

  async #attempt<T>(question: () => Promise<T>): Promise<T | null> {
    this.busy = true;
    this.error = null;
    try {
      return await question();
    } catch (thrown) {
      const error = toCommandError(thrown);
      // Meanwhile the page shows the account as it is now.
      if (error.detail?.kind === "conflict") this.#app.accept(this.#accountId, error.detail.present);
      this.error = error;
      return null;
    } finally {
      this.busy = false;
    }
  }

  async #timed<T>(command: () => Promise<T>): Promise<T> {
    this.waiting.start();
    try {
      return await command();
    } finally {
      this.waiting.stop();
    }
  }
}
