/** Something that a view requests from the server each time it opens. What is known stays visible meanwhile. */
import type { CommandError } from "../contract";
import { toCommandError } from "../errors/presentation";
import type { App } from "./app.svelte";
import { Waiting } from "./waiting.svelte";

export class Reading<View> {
  view = $state.raw<View | null>(null);
  /** When `view` was read, in milliseconds since the epoch. */
  readAt = $state(0);
  loading = $state(false);
  error = $state.raw<CommandError | null>(null);
  readonly waiting = new Waiting();
  readonly #app: App;
  readonly #ask: () => Promise<View>;
  #turn = 0;

  constructor(app: App, ask: () => Promise<View>) {
    this.#app = app;
    this.#ask = ask;
  }

  /** Sends the request. A later one replaces an earlier one. */
  async load(): Promise<void> {
    const turn = ++this.#turn;
    this.loading = true;
    this.error = null;
    this.waiting.start();
    try {
      const view = await this.#ask();
      if (turn === this.#turn) this.take(view);
    } catch (thrown) {
      if (turn === this.#turn) this.#end(toCommandError(thrown));
    }
  }

  /** Shows what the server returned. A pending answer is older and is dropped. */
  take(view: View): void {
    this.view = view;
    this.readAt = this.#app.time();
    this.#end(null);
  }

  #end(error: CommandError | null): void {
    this.#turn++;
    this.loading = false;
    this.error = error;
    this.waiting.stop();
  }
}
