/**
 * What the page needs of the app around it. Two hosts exist: the real window (`tauri.ts`) and a stand-in for
 * tests and for working on the page alone (`fake.ts`). Nothing else in the page communicates with the outside.
 */
import type { AppState, Commands, Page } from "../contract";

export type CommandName = keyof Commands;
export type Arguments<C extends CommandName> = Parameters<Commands[C]>;
export type Answer<C extends CommandName> = Awaited<ReturnType<Commands[C]>>;

/** Ends a subscription. */
export type Unsubscribe = () => void;

export interface Host {
  /** Calls one command. Rejects with the app's error; read it with `toCommandError`. */
  invoke<C extends CommandName>(command: C, ...args: Arguments<C>): Promise<Answer<C>>;
  /** Subscribes to every later state of the app, in order. Resolves when no state can be missed any more. */
  onState(callback: (state: AppState) => void): Promise<Unsubscribe>;
  /** Subscribes to pages that a link or the app's menu requests. */
  onNavigate(callback: (page: Page) => void): Promise<Unsubscribe>;
}
