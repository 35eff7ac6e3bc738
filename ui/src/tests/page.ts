/** Draws the whole page on a stand-in host, as `main.ts` does with the real one. */
import { render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";

// What the page loads on demand is loaded beforehand, so that no test waits for a transformation.
import "../features/profile/EditDialog.svelte";
import "../features/security/estimate";
import "../features/session/MenuContent.svelte";
import "../features/session/SignOutDialog.svelte";
import "../features/step_up/StepUpDialog.svelte";
import "../views/DevicesView.svelte";
import "../views/LinkedView.svelte";
import "../views/ProfileView.svelte";
import "../views/SecurityView.svelte";
import "../views/SettingsView.svelte";

import Page from "../App.svelte";
import type { AppState, Page as PageName } from "../lib/contract";
import { FakeHost } from "../lib/host/fake";
import { signedIn, STATES } from "../lib/host/fake_states";
import { App } from "../lib/state/app.svelte";

/** Wednesday, 10 June 2026, 09:30 local time: a morning. */
export const NOW = new Date(2026, 5, 10, 9, 30).getTime();

export interface Options {
  page?: PageName;
  languages?: string[];
  /** Milliseconds since the epoch; stays at `NOW` unless a test moves it. */
  now?: () => number;
  /** The clock that cannot be set; `now` where it is left out. */
  elapsed?: () => number;
  prepare?: (host: FakeHost) => void;
}

export async function drawPage(state: AppState, options: Options = {}) {
  const now = options.now ?? (() => NOW);
  const host = new FakeHost(state, now);
  host.pendingPage = options.page ?? null;
  options.prepare?.(host);
  const app = new App(host, {
    now,
    elapsed: options.elapsed ?? now,
    languages: options.languages ?? ["en-GB"],
  });
  await app.look();
  const drawn = render(Page, { props: { app } });
  await app.start();
  await settled();
  return { host, app, user: userEvent.setup(), ...drawn };
}

export const drawSignedIn = (options: Options = {}) => drawPage(signedIn(NOW), options);

export function stateNamed(name: string): AppState {
  const make = STATES[name];
  if (!make) throw new Error(`no state ${name}`);
  return make(NOW);
}

/** Waits until lazily loaded parts of the present view are drawn. */
export async function settled(): Promise<void> {
  await waitFor(() => {
    const main = document.querySelector("main");
    if (!main) throw new Error("no main landmark");
    if (main.getAttribute("aria-busy") !== "true" && !main.querySelector("h1"))
      throw new Error("no heading yet");
  });
}

export const view = () => document.querySelector("main")?.dataset.view;
export const byId = (id: string) => screen.getByTestId(id);
export const findById = (id: string) => screen.findByTestId(id);

/** Every text that a user can see or hear: text nodes, titles, names, placeholders and the window's title. */
export function everyText(root: ParentNode = document.body): string[] {
  const texts: string[] = [document.title];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) texts.push(walker.currentNode.textContent ?? "");
  for (const element of root.querySelectorAll("*")) {
    for (const name of ["title", "aria-label", "placeholder", "alt"]) {
      texts.push(element.getAttribute(name) ?? "");
    }
    if (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement)
      texts.push(element.value);
  }
  return texts.map((text) => text.replaceAll(/\s+/g, " ").trim()).filter((text) => text !== "");
}
