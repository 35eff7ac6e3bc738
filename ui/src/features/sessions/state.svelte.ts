/**
 * Sessions and grants as the server returned them last, and the one that is being ended. Nothing is removed from the
 * list before the server has confirmed it: every change returns the list as it was read afterwards.
 */
import type { CommandError, Outcome, SessionsEndedView, SessionsView } from "../../lib/contract";
import { toCommandError } from "../../lib/errors/presentation";
import { m } from "../../lib/paraglide/messages";
import type { App } from "../../lib/state/app.svelte";
import { Reading } from "../../lib/state/reading.svelte";
import { StepUp } from "../../lib/state/step_up.svelte";
import { Waiting } from "../../lib/state/waiting.svelte";
import { appName, deviceName, type Target } from "./words";

/** The result of the last request to end something. */
export type Result =
  { kind: "ended"; sessions: number; grants: number; remaining: readonly string[] } | { kind: "gone" };

export class Sessions extends Reading<SessionsView> {
  /** What the dialog is about to end. */
  asked = $state.raw<Target | null>(null);
  /** The session to keep, chosen by the user. */
  keep = $state<string | null>(null);
  ending = $state(false);
  refused = $state.raw<CommandError | null>(null);
  readonly endWaiting = new Waiting();
  result = $state.raw<Result | null>(null);

  readonly #app: App;
  readonly #accountId: string;
  #proof: StepUp | null = null;

  constructor(app: App, accountId: string) {
    super(app, () => app.host.invoke("sessions_list", { accountId }));
    this.#app = app;
    this.#accountId = accountId;
  }

  /** As `load`, requested by the user: the result is announced. */
  async reload(): Promise<void> {
    await this.load();
    if (!this.error && !this.loading) this.#app.announce(m.shell_refreshed());
  }

  ask(target: Target): void {
    this.result = null;
    this.refused = null;
    this.keep = null;
    this.asked = target;
  }

  /** Closes the dialog; what was proven or typed for it is dropped. */
  dismiss(): void {
    this.asked = null;
    this.#proof?.forget();
    this.#proof = null;
  }

  /** Ends the target of the dialog. Only the server's answer shows that it ended. */
  async confirm(): Promise<void> {
    const target = this.asked;
    if (!target || this.ending) return;
    this.ending = true;
    this.refused = null;
    this.#proof ??= new StepUp(this.#app, this.#accountId, this.#nameOf(target));
    try {
      const ended = await this.#proof.run(() => this.#send(target));
      if (ended) this.#conclude(ended);
    } catch (thrown) {
      this.#refuse(toCommandError(thrown), target);
    } finally {
      this.ending = false;
    }
  }

  #nameOf(target: Target): string {
    if (target.kind === "session") return deviceName(target.session.device);
    return target.kind === "grant" ? appName(target.grant) : "";
  }

  /** Measures the wait for the server, not the user's time for the proof. */
  async #send(target: Target): Promise<Outcome<SessionsEndedView>> {
    this.endWaiting.start();
    try {
      return await this.#ask(target);
    } finally {
      this.endWaiting.stop();
    }
  }

  #ask(target: Target): Promise<Outcome<SessionsEndedView>> {
    const { host } = this.#app;
    const accountId = this.#accountId;
    switch (target.kind) {
      case "session":
        return host.invoke("session_end", { accountId, session: target.session.id });
      case "grant":
        return host.invoke("grant_end", { accountId, grant: target.grant.id });
      case "others":
        return host.invoke("sessions_end_others", {
          accountId,
          request: this.keep ? { keep: this.keep } : {},
        });
    }
  }

  #conclude(ended: SessionsEndedView): void {
    this.take(ended.present);
    this.dismiss();
    this.result = {
      kind: "ended",
      sessions: ended.sessions_ended,
      grants: ended.grants_ended,
      remaining: ended.remaining,
    };
  }

  #refuse(error: CommandError, target: Target): void {
    if (error.code === "session_not_found") {
      this.dismiss();
      this.result = { kind: "gone" };
      void this.load();
      return;
    }
    this.refused = error;
    if (this.asked !== target) this.#app.announce(this.#app.words(error.code).title);
  }
}
