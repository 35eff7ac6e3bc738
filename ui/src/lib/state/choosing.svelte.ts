/** Settings that are chosen at once, kept when the app has answered, and taken back when it refuses. */
import type { AppSettings, CommandError } from "../contract";
import { toCommandError } from "../errors/presentation";
import type { App } from "./app.svelte";

export class Choosing<Key extends keyof AppSettings> {
  error = $state.raw<CommandError | null>(null);
  readonly #app: App;
  /** The settings that are chosen together. All others are left alone. */
  readonly #keys: readonly Key[];
  /** Counts choices: the answer to an older one is ignored for the newest. */
  #newest = 0;
  /** What the app last accepted, while a choice is undecided: an error restores it. */
  #agreed: Pick<AppSettings, Key> | null = null;

  constructor(app: App, keys: readonly Key[]) {
    this.#app = app;
    this.#keys = keys;
  }

  /** Shows what was chosen and sends it. `said` is announced when it is kept. */
  async choose(
    chosen: Partial<Pick<AppSettings, Key>>,
    send: () => Promise<AppSettings>,
    said: (answer: AppSettings) => string,
  ): Promise<void> {
    const { settings } = this.#app;
    if (!settings) return;
    const choice = ++this.#newest;
    this.#agreed ??= this.#partOf(settings);
    this.error = null;
    this.#show(chosen);
    try {
      const answer = await send();
      if (choice !== this.#newest) {
        this.#agreed = this.#partOf(answer);
        return;
      }
      this.#agreed = null;
      this.#show(this.#partOf(answer));
      this.#app.announce(said(answer));
    } catch (thrown) {
      if (choice !== this.#newest) return;
      this.#show(this.#agreed);
      this.#agreed = null;
      this.error = toCommandError(thrown);
    }
  }

  /** Reads the settings again, unless a choice is undecided. */
  async look(): Promise<void> {
    const choice = this.#newest;
    try {
      const answer = await this.#app.host.invoke("settings");
      if (choice === this.#newest && !this.#agreed) this.#show(this.#partOf(answer));
    } catch {
      // What is shown stays.
    }
  }

  #partOf(settings: AppSettings): Pick<AppSettings, Key> {
    const part = this.#keys.map((key) => [key, settings[key]]);
    return Object.fromEntries(part) as Pick<AppSettings, Key>;
  }

  #show(part: Partial<Pick<AppSettings, Key>> | null): void {
    const { settings } = this.#app;
    if (settings) this.#app.settings = { ...settings, ...part };
  }
}
