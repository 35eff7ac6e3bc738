/** Organisations and roles: read when a view needs them, one reading for each account. */
import type { MembershipsView } from "../../lib/contract";
import type { App } from "../../lib/state/app.svelte";
import { Reading } from "../../lib/state/reading.svelte";

export function membershipsOf(app: App, accountId: string): Reading<MembershipsView> {
  const make = () => new Reading(app, () => app.host.invoke("memberships", { accountId }));
  return app.kept(`memberships ${accountId}`, make);
}

/** Whether they are known to be any. */
export function hasMemberships({ view }: Reading<MembershipsView>): boolean {
  return view !== null && view.organizations.length + view.roles.length > 0;
}
