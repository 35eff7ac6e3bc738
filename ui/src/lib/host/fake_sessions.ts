/** Sessions and grants for the stand-in host, ended as the settings server ends them: with a proof, and re-read. */
import type {
  AccountView,
  GrantView,
  Outcome,
  Purpose,
  SessionsEndedView,
  SessionsView,
  SessionView,
} from "../contract";
import { error, type Handlers } from "./fake_parts";
import type { FakeStepUp } from "./fake_step_up";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const session = (id: string, now: number, change: Partial<SessionView>): SessionView => ({
  id,
  device: { kind: "computer", browser: "Chromium 141", system: "Linux" },
  ip: "192.0.2.…",
  place: "Vienna, AT",
  started_at: now - 2 * HOUR,
  signed_in_at: now - 2 * HOUR,
  expires_at: now + 12 * DAY,
  apps: ["Latchkey"],
  ...change,
});

const grant = (id: string, now: number, change: Partial<GrantView>): GrantView => ({
  id,
  app: "Latchkey",
  third_party: false,
  scopes: ["openid", "profile", "offline_access", "account:read", "account:write"],
  granted_at: now - 2 * HOUR,
  expires_at: now + 180 * DAY,
  session: "here",
  first_seen: null,
  current: false,
  ...change,
});

export function fakeSessions(now: number): SessionsView {
  return {
    current: { kind: "known", id: "here" },
    sessions: [
      session("here", now, { apps: ["Latchkey", "Example Mail"] }),
      session("office", now, {
        device: { kind: "computer", browser: "Firefox 140", system: "Windows" },
        ip: "198.51.100.…",
        place: "Graz, AT",
        started_at: now - 41 * DAY,
        signed_in_at: now - DAY,
        expires_at: now + 9 * DAY,
        apps: ["Example Calendar"],
      }),
      session("pocket", now, {
        device: { kind: "phone", browser: "Safari 19", system: "iOS" },
        ip: "2001:db8:…",
        place: null,
        started_at: now - 5 * DAY,
        signed_in_at: now - 5 * DAY,
        expires_at: now + 9 * DAY,
        apps: [],
      }),
    ],
    grants: [
      grant("own", now, { current: true, first_seen: now - 2 * HOUR }),
      grant("mail", now, {
        app: "Example Mail",
        scopes: ["openid", "email"],
        granted_at: now - HOUR,
      }),
      grant("calendar", now, {
        app: "Example Calendar",
        third_party: true,
        scopes: ["openid", "profile", "email", "offline_access", "calendar:read"],
        granted_at: now - 41 * DAY,
        session: "office",
      }),
      grant("television", now, {
        app: "Example Television",
        scopes: ["openid", "profile", "offline_access"],
        granted_at: now - 100 * DAY,
        session: null,
      }),
    ],
  };
}

const LONG = "Wolfeschlegelsteinhausenbergerdorff";

/** Situations worth viewing, by name: open `/?page=devices&sessions=<name>`. */
export const SESSIONS: Record<string, (now: number) => SessionsView> = {
  usual: fakeSessions,
  unknown: (now) => ({ ...fakeSessions(now), current: { kind: "unknown" } }),
  without_session: (now) => {
    const view = fakeSessions(now);
    return {
      current: { kind: "without_session", grant: "own" },
      sessions: view.sessions.filter(({ id }) => id !== "here"),
      grants: view.grants.map((entry) => (entry.session === "here" ? { ...entry, session: null } : entry)),
    };
  },
  alone: (now) => ({
    current: { kind: "known", id: "here" },
    sessions: [session("here", now, {})],
    grants: [grant("own", now, { current: true })],
  }),
  nothing: () => ({ current: { kind: "unknown" }, sessions: [], grants: [] }),
  long: (now) => {
    const view = fakeSessions(now);
    const device = { kind: "tablet" as const, browser: `${LONG} 1234.5`, system: `${LONG} OS` };
    return {
      ...view,
      sessions: [
        ...view.sessions,
        session("long", now, { device, place: `${LONG}-Featherstonehaugh, AT`, apps: [LONG, LONG, LONG] }),
        session("nameless", now, {
          device: { kind: "unknown", browser: null, system: null },
          ip: null,
          place: null,
        }),
      ],
      grants: [
        ...view.grants,
        grant("long", now, {
          app: `${LONG} ${LONG}`,
          third_party: true,
          scopes: ["openid", `${LONG}:${LONG}:${LONG}`.toLowerCase(), "address", "phone", "roles"],
          session: "long",
        }),
        grant("nameless", now, { app: null, scopes: [] }),
      ],
    };
  },
};

type Commands = "sessions_list" | "session_end" | "grant_end" | "sessions_end_others";

export class FakeSessions {
  view: SessionsView;
  /** Ids that cannot be ended. */
  stubborn: string[] = [];
  readonly #stepUp: FakeStepUp;
  readonly #account: () => AccountView;

  constructor(now: () => number, stepUp: FakeStepUp, account: () => AccountView) {
    this.view = fakeSessions(now());
    this.#stepUp = stepUp;
    this.#account = account;
  }

  #demand(what: "see" | "end"): void {
    const { access } = this.#account().sessions;
    if (access === "off" || (what === "end" && access !== "edit"))
      throw error("field_not_editable", "sessions");
  }

  readonly handlers: Pick<Handlers, Commands> = {
    sessions_list: () => {
      this.#demand("see");
      return this.view;
    },
    session_end: ({ session: id }) =>
      this.#guard("end_session", id, () => {
        if (!this.view.sessions.some((entry) => entry.id === id)) throw error("session_not_found");
        const grants = this.view.grants.filter((entry) => entry.session === id);
        return this.#end(
          [id],
          grants.map((entry) => entry.id),
        );
      }),
    grant_end: ({ grant: id }) =>
      this.#guard("end_session", id, () => {
        if (!this.view.grants.some((entry) => entry.id === id)) throw error("session_not_found");
        return this.#end([], [id]);
      }),
    sessions_end_others: ({ request }) =>
      this.#guard("end_other_sessions", request.keep ?? "", () => {
        const { current, sessions, grants } = this.view;
        if (current.kind === "unknown" && sessions.length > 0 && !request.keep)
          throw error("current_session_unknown");
        const keep = request.keep ?? (current.kind === "known" ? current.id : null);
        const ours = (entry: GrantView) =>
          entry.current || (current.kind === "unknown" && entry.session !== null && entry.session === keep);
        return this.#end(
          sessions.map(({ id }) => id).filter((id) => id !== keep),
          grants.filter((entry) => !ours(entry)).map(({ id }) => id),
        );
      }),
  };

  #guard(purpose: Purpose, target: string, end: () => SessionsEndedView): Outcome<SessionsEndedView> {
    this.#demand("end");
    return this.#stepUp.guard(purpose, target, end);
  }

  #end(sessions: string[], grants: string[]): SessionsEndedView {
    const ends = (ids: string[]) => ids.filter((id) => !this.stubborn.includes(id));
    const gone = new Set([...ends(sessions), ...ends(grants)]);
    this.view = {
      ...this.view,
      sessions: this.view.sessions.filter(({ id }) => !gone.has(id)),
      grants: this.view.grants.filter(({ id }) => !gone.has(id)),
    };
    return {
      sessions_ended: ends(sessions).length,
      grants_ended: ends(grants).length,
      remaining: [...sessions, ...grants].filter((id) => !gone.has(id)),
      present: this.view,
    };
  }
}
