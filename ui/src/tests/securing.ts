/** What the tests of Security share: the page drawn in a situation, and a proof by password. */
import { waitFor } from "@testing-library/svelte";
import { expect } from "vitest";
import type { AccountView } from "../lib/contract";
import type { FakeHost } from "../lib/host/fake";
import { PASSWORD } from "../lib/host/fake_step_up";
import { fakeAccount, signedIn } from "../lib/host/fake_states";
import { byId, drawPage, findById, NOW, type Options } from "./page";

export { EVERY_WAY } from "../lib/host/fake_states";
export { calls, refusal } from "./proving";

export async function drawSecurity(change: Partial<AccountView> = {}, options: Options = {}) {
  const account = { ...fakeAccount(NOW), ...change };
  const drawn = await drawPage(signedIn(NOW, { account }), { ...options, page: "security" });
  await waitFor(() => expect(document.querySelector("main h1")).toHaveTextContent(/Security|Sicherheit/));
  return drawn;
}

export type User = Awaited<ReturnType<typeof drawSecurity>>["user"];

export async function prove(user: User) {
  await user.click(await findById("step-up-method-password"));
  await waitFor(() => expect(byId("input-password")).toHaveFocus());
  await user.keyboard(`${PASSWORD}{Enter}`);
}

/** Types a new address and proves who is asking; the code is on its way. */
export async function sendCode(user: User, route: "email" | "phone", to: string) {
  await user.click(await findById(`change-${route}`));
  await waitFor(() => expect(byId(`input-${route}`)).toHaveFocus());
  await user.keyboard(`${to}{Enter}`);
  await prove(user);
  await waitFor(() => expect(byId("input-code")).toHaveFocus());
}

export const accountOf = (host: FakeHost): AccountView => {
  if (host.state.kind !== "signed_in" || !host.state.account) throw new Error("no account");
  return host.state.account;
};
