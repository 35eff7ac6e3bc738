/**
 * Chooses the stand-in's situation from the page's address: `?state=offline&page=profile&theme=dark&language=de`
 * and `dir=rtl`.
 */
import type { Language, Page, Theme } from "../contract";
import { FakeHost } from "./fake";
import { STATES } from "./fake_states";

export function fakeFromAddress(location: Location): FakeHost {
  const wish = new URLSearchParams(location.search);
  const state = STATES[wish.get("state") ?? "signed_in"] ?? STATES.signed_in;
  const host = new FakeHost(state ? state(Date.now()) : { kind: "no_server" });
  host.pendingPage = wish.get("page") as Page | null;
  host.settings.theme = (wish.get("theme") as Theme | null) ?? "system";
  host.settings.language = wish.get("language") as Language | null;
  if (wish.get("source") === "user" && host.settings.server) host.settings.server.source = "user";
  if (wish.get("dir") === "rtl") document.documentElement.dir = "rtl";
  return host;
}
