/**
 * Which view is drawn. Every view is in `VIEWS`, with the state that shows it: the tests of accessibility and
 * the screenshots take their list from here, so that a new view cannot be forgotten.
 */
import { isOffered } from "../lib/account";
import type { AppState, Code, Page } from "../lib/contract";
import { knownCode, presentation } from "../lib/errors/presentation";

export interface View {
  id: ViewId;
  /** The state of the app in which it is drawn. */
  needs: AppState["kind"];
  /** The page that must be chosen in that state, where there are several. */
  page?: Page;
  /** The reason that must be given in that state, where it has a view of its own. */
  code?: Code;
}

export const VIEW_IDS = [
  "starting",
  "no_server",
  "signed_out",
  "signing_in",
  "insufficient_scope",
  "problem",
  "overview",
  "profile",
  "security",
  "linked",
  "devices",
  "settings",
  "not_offered",
] as const;

export type ViewId = (typeof VIEW_IDS)[number];

export const VIEWS: readonly View[] = [
  { id: "starting", needs: "starting" },
  { id: "no_server", needs: "no_server" },
  { id: "signed_out", needs: "signed_out" },
  { id: "signing_in", needs: "signing_in" },
  { id: "insufficient_scope", needs: "signed_out", code: "insufficient_scope" },
  { id: "problem", needs: "signed_out", code: "server_not_trusted" },
  { id: "overview", needs: "signed_in", page: "overview" },
  { id: "profile", needs: "signed_in", page: "profile" },
  { id: "security", needs: "signed_in", page: "security" },
  { id: "linked", needs: "signed_in", page: "linked" },
  { id: "devices", needs: "signed_in", page: "devices" },
  { id: "settings", needs: "signed_in", page: "settings" },
  { id: "not_offered", needs: "signed_in", page: "devices" },
];

/** Why the account cannot be shown, or null when it can. */
export function obstacle(state: AppState, notice: Code | null): Code | null {
  if (state.kind === "signed_out" && notice && presentation[knownCode(notice)].blocking)
    return knownCode(notice);
  if (state.kind === "signed_in" && state.freshness.kind === "stale") {
    const cause = knownCode(state.freshness.cause);
    if (!state.account || presentation[cause].blocking) return cause;
  }
  return null;
}

/** Returns the view for a state, a chosen page and the reason for being signed out. */
export function viewOf(state: AppState | undefined, page: Page, notice: Code | null): ViewId {
  if (!state || state.kind === "starting") return "starting";
  if (state.kind === "signing_in") return "signing_in";
  if (page === "settings") return "settings";
  const code = obstacle(state, notice);
  if (code) return code === "insufficient_scope" ? code : "problem";
  if (state.kind === "signed_in")
    return state.account && !isOffered(state.account, page) ? "not_offered" : page;
  return state.kind;
}
