/** Starts the page: chooses the host, requests the state once, draws, and then listens. */
import "./styles/base.css";

import { mount } from "svelte";

import Page from "./App.svelte";
import type { Host } from "./lib/host/host";
import { tauriHost } from "./lib/host/tauri";
import { App } from "./lib/state/app.svelte";
import { VIEWS } from "./views/router";

declare global {
  interface Window {
    /** The list of views, for the end-to-end tests; data only. */
    __latchkey_views?: typeof VIEWS;
  }
}

/** A production build contains only the real host, never the stand-in. */
async function chooseHost(): Promise<Host> {
  if (import.meta.env.MODE !== "production" && !("__TAURI_INTERNALS__" in window)) {
    const { fakeFromAddress } = await import("./lib/host/fake_address");
    return fakeFromAddress(window.location);
  }
  return tauriHost;
}

/** Resolves when what was just mounted is on the screen. A hidden window draws nothing: then after a moment. */
function drawn(): Promise<void> {
  return new Promise((done) => {
    setTimeout(done, 200);
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)));
  });
}

async function start(): Promise<void> {
  const target = document.getElementById("app");
  if (!target) return;
  const app = new App(await chooseHost(), {
    now: Date.now,
    elapsed: () => performance.now(),
    languages: navigator.languages,
  });
  await app.look();
  mount(Page, { target, props: { app } });
  window.__latchkey_views = VIEWS;
  await drawn();
  await app.start();
}

void start();
