/** The person's organisations and roles, as the server said them last. */
import type { CommandError, MembershipsView } from "../../lib/contract";
import { toCommandError } from "../../lib/errors/presentation";
import type { App } from "../../lib/state/app.svelte";

export class Memberships {
  view = $state.raw<MembershipsView | null>(null);
  loading = $state(false);
  error = $state.raw<CommandError | null>(null);
  readonly #app: App;
  readonly #accountId: string;

  constructor(app: App, accountId: string) {
    this.#app = app;
    this.#accountId = accountId;
  }

  /** Asks the server. What is known stays in sight meanwhile. */
  async load(): Promise<void> {
    if (this.loading) return;
    this.loading = true;
    this.error = null;
    try {
      this.view = await this.#app.host.invoke("memberships", { accountId: this.#accountId });
    } catch (thrown) {
      this.error = toCommandError(thrown);
    } finally {
      this.loading = false;
    }
  }
}
