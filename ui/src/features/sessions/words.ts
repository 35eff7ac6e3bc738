/** Devices, grants and what is lost with them, in words. */
import type { DeviceKind, DeviceView, GrantView, SessionsView, SessionView } from "../../lib/contract";
import type { IconName } from "../../lib/components/icons";
import { listInWords } from "../../lib/format";
import type { Texts } from "../../lib/texts/en";

export const DEVICE_ICONS: Record<DeviceKind, IconName> = {
  computer: "device",
  phone: "phone",
  tablet: "tablet",
  unknown: "browser",
};

/** `Firefox on Windows`: the browser without its version, which stands in the small line. */
export function deviceName({ kind, browser, system }: DeviceView, texts: Texts): string {
  const plain = browser?.replace(/ [\d.]+$/, "") || null;
  if (plain && system) return texts.devices.on(plain, system);
  if (plain) return plain;
  return system ? texts.devices.someBrowser(system) : texts.devices.kinds[kind];
}

export function appName(grant: GrantView, texts: Texts): string {
  return grant.app?.trim() || texts.devices.unknownApp;
}

/** What an app may ask for, as one sentence. A scope that we have no words for is named as it is. */
export function scopesInWords(scopes: readonly string[], texts: Texts, locale: string): string {
  if (scopes.length === 0) return texts.devices.nothingMore;
  const known = texts.devices.scopes;
  const phrases = scopes.map((scope) =>
    Object.hasOwn(known, scope) ? (known[scope] ?? scope) : texts.devices.otherScope(scope),
  );
  return texts.devices.may(listInWords(phrases, locale));
}

/** Whether a session is the one this app was signed in with. */
export const isCurrent = ({ current }: SessionsView, session: SessionView) =>
  current.kind === "known" && current.id === session.id;

/** What one asks to end. */
export type Target =
  { kind: "session"; session: SessionView } | { kind: "grant"; grant: GrantView } | { kind: "others" };

/** What would end, as far as the list shows. */
export interface Loss {
  sessions: SessionView[];
  grants: GrantView[];
}

/** `keep`: the session that the person named as theirs; it counts more than what the list says. */
export function lossOf(target: Target, view: SessionsView, keep: string | null): Loss {
  switch (target.kind) {
    case "session":
      return {
        sessions: [target.session],
        grants: view.grants.filter((grant) => grant.session === target.session.id),
      };
    case "grant":
      return { sessions: [], grants: [target.grant] };
    case "others":
      return {
        sessions: view.sessions.filter((session) => (keep ? session.id !== keep : !isCurrent(view, session))),
        grants: view.grants.filter((grant) => !grant.current && (!keep || grant.session !== keep)),
      };
  }
}

/** `2 sessions and the access of 3 apps`; null when it is nothing. */
export function countInWords(sessions: number, grants: number, texts: Texts, locale: string): string | null {
  const parts: string[] = [];
  if (sessions > 0) parts.push(texts.devices.countSessions(sessions));
  if (grants > 0) parts.push(texts.devices.countApps(grants));
  return parts.length > 0 ? listInWords(parts, locale) : null;
}
