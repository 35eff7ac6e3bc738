/** Texts of devices, grants and what is lost with them. */
import type { DeviceKind, DeviceView, GrantView, SessionsView, SessionView } from "../../lib/contract";
import type { IconName } from "../../lib/components/icons";
import { listInWords } from "../../lib/format";
import { m } from "../../lib/paraglide/messages";

export const DEVICE_ICONS: Record<DeviceKind, IconName> = {
  computer: "device",
  phone: "phone",
  tablet: "tablet",
  unknown: "browser",
};

/** `Firefox on Windows`: the browser without its version, which is in the small line. */
export function deviceName({ kind, browser, system }: DeviceView): string {
  const plain = browser?.replace(/ [\d.]+$/, "") || null;
  if (plain && system) return m.devices_on({ browser: plain, system });
  if (plain) return plain;
  return system ? m.devices_some_browser({ system }) : m[`devices_kinds_${kind}`]();
}

export function appName(grant: GrantView): string {
  return grant.app?.trim() || m.devices_unknown_app();
}

const SCOPES: Record<string, () => string> = {
  openid: m.devices_scopes_openid,
  profile: m.devices_scopes_profile,
  email: m.devices_scopes_email,
  phone: m.devices_scopes_phone,
  address: m.devices_scopes_address,
  offline_access: m.devices_scopes_offline_access,
  roles: m.devices_scopes_roles,
  custom_data: m.devices_scopes_custom_data,
  identities: m.devices_scopes_identities,
  "urn:logto:scope:organizations": m.devices_scopes_organizations,
  "urn:logto:scope:organization_roles": m.devices_scopes_organization_roles,
  "urn:logto:scope:sessions": m.devices_scopes_sessions,
  "account:read": m.devices_scopes_account_read,
  "account:write": m.devices_scopes_account_write,
  "account:security": m.devices_scopes_account_security,
  "account:delete": m.devices_scopes_account_delete,
};

/** Describes the scopes of an app in one sentence. A scope without a text is named as it is. */
export function scopesInWords(scopes: readonly string[], locale: string): string {
  if (scopes.length === 0) return m.devices_nothing_more();
  const phrases = scopes.map((scope) =>
    Object.hasOwn(SCOPES, scope) ? (SCOPES[scope]?.() ?? scope) : m.devices_other_scope({ scope }),
  );
  return m.devices_may({ list: listInWords(phrases, locale) });
}

/** Whether a session is the one this app was signed in with. */
export const isCurrent = ({ current }: SessionsView, session: SessionView) =>
  current.kind === "known" && current.id === session.id;

/** The target that is to be ended. */
export type Target =
  { kind: "session"; session: SessionView } | { kind: "grant"; grant: GrantView } | { kind: "others" };

/** What would end, as far as the list shows. */
export interface Loss {
  sessions: SessionView[];
  grants: GrantView[];
}

/** `keep`: the session that the user chose as theirs; it takes precedence over the list. */
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
export function countInWords(sessions: number, grants: number, locale: string): string | null {
  const parts: string[] = [];
  if (sessions > 0) parts.push(m.devices_count_sessions({ count: sessions }));
  if (grants > 0) parts.push(m.devices_count_apps({ count: grants }));
  return parts.length > 0 ? listInWords(parts, locale) : null;
}
