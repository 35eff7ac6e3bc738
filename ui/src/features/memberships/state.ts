/** Organisations and roles: requested when a view needs them, once per account. */
import type { MembershipsView } from "../../lib/contract";
import type { App } from "../../lib/state/app.svelte";
import { Reading } from "../../lib/state/reading.svelte";

export function membershipsOf(app: App, accountId: string): Reading<MembershipsView> {
  const make = () => new Reading(app, () => app.host.invoke("memberships", { accountId }));
  return app.kept(`memberships ${accountId}`, make);
}

/** Whether there are any, as far as is known. */
export function hasMemberships({ view }: Reading<MembershipsView>): boolean {
  return view !== null && view.organizations.length + view.roles.length > 0;
}
