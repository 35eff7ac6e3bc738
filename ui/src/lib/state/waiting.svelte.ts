/** How long something has been waited for, in three steps that a user notices. */

/** Skeletons appear after `brief`, a word after `noticeable`, a way out after `long` (milliseconds). */
export const PATIENCE = { brief: 150, noticeable: 2_000, long: 10_000 } as const;

export type Patience = "none" | keyof typeof PATIENCE;

export class Waiting {
  reached = $state<Patience>("none");
  #timers: ReturnType<typeof setTimeout>[] = [];

  start(): void {
    this.stop();
    for (const step of ["brief", "noticeable", "long"] as const) {
      this.#timers.push(setTimeout(() => (this.reached = step), PATIENCE[step]));
    }
  }

  stop(): void {
    for (const timer of this.#timers.splice(0)) clearTimeout(timer);
    this.reached = "none";
  }
}
