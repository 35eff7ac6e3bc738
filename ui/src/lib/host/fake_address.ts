/**
 * Chooses the stand-in's situation from the page's address: `?state=offline&page=profile&theme=dark&language=de`,
 * `dir=rtl`, `return=link`, `links=elsewhere`, `sessions=unknown`, `tokens=many`, `social=none`, `link=github` for a link that was begun before a restart,
 * `methods=password,email`, `further=phone`, and, as often as wished, `fail=sessions_list:offline` and `slow=session_end`
 * for the next call of a command, and `elsewhere=department:Post` for a field of the organisation that is changed elsewhere
 * meanwhile.
 */
import type { Code, Language, Page, StepUpMethod, Theme } from "../contract";
import { FakeHost } from "./fake";
import { TOKENS } from "./fake_access_tokens";
import { error } from "./fake_parts";
import { SESSIONS } from "./fake_sessions";
import { SOCIAL } from "./fake_social_lists";
import { STATES } from "./fake_states";
import { METHODS } from "./fake_step_up";
import type { CommandName } from "./host";

const methods = (names: string): StepUpMethod[] =>
  names.split(",").flatMap((name) => METHODS.filter(({ kind }) => kind === name));

export function fakeFromAddress(location: Location): FakeHost {
  const wish = new URLSearchParams(location.search);
  const state = STATES[wish.get("state") ?? "signed_in"] ?? STATES.signed_in;
  const host = new FakeHost(state ? state(Date.now()) : { kind: "no_server" });
  host.pendingPage = wish.get("page") as Page | null;
  host.settings.theme = (wish.get("theme") as Theme | null) ?? "system";
  host.settings.language = wish.get("language") as Language | null;
  if (wish.get("source") === "user" && host.settings.server) host.settings.server.source = "user";
  host.linksGoElsewhere = wish.get("links") === "elsewhere";
  if (wish.get("return") === "link") {
    host.settings.browser_return = "link";
    host.settings.links_go_elsewhere = host.linksGoElsewhere;
  }
  host.stepUp.browserTakes = 8_000;
  const sessions = SESSIONS[wish.get("sessions") ?? "usual"];
  if (sessions) host.sessions.view = sessions(Date.now());
  const tokens = TOKENS[wish.get("tokens") ?? "usual"];
  if (tokens) host.accessTokens.tokens = tokens(Date.now());
  const social = SOCIAL[wish.get("social") ?? "usual"];
  if (social) host.social.lists = social(Date.now());
  host.social.resumed(wish.get("link"));
  host.social.browserTakes = 8_000;
  host.sessions.stubborn = wish.getAll("stubborn");
  const ways = wish.get("methods");
  if (ways) host.stepUp.methods = methods(ways);
  host.stepUp.further = methods(wish.get("further") ?? "");
  for (const plan of wish.getAll("fail")) {
    const [command, code] = plan.split(":");
    host.fail(command as CommandName, error(code as Code));
  }
  for (const plan of wish.getAll("elsewhere")) {
    const [name = "", value = ""] = plan.split(":");
    host.organisation.elsewhere.set(name, value);
  }
  for (const command of wish.getAll("slow")) host.hold(command as CommandName);
  if (wish.get("dir") === "rtl") document.documentElement.dir = "rtl";
  return host;
}
