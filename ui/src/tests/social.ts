/** Support of the tests of linked accounts: draws the page with lists, and links as far as the browser. */
import { screen, waitFor } from "@testing-library/svelte";
import { expect } from "vitest";
import type { AccountView, CommandError } from "../lib/contract";
import { SOCIAL } from "../lib/host/fake_social_lists";
import { fakeAccount, signedIn } from "../lib/host/fake_states";
import { prove, type User } from "./devices";
import { byId, drawPage, findById, NOW, type Options } from "./page";

export { calls, parts, prove, refusal, type User } from "./devices";
export { noDialog, violations } from "./tokens";

export async function drawSocial(
  situation = "usual",
  options: Options = {},
  change: Partial<AccountView> = {},
) {
  const account = { ...fakeAccount(NOW), ...change };
  return drawPage(signedIn(NOW, { account }), {
    ...options,
    page: "linked",
    prepare: (host) => {
      const make = SOCIAL[situation];
      if (!make) throw new Error(`no situation ${situation}`);
      host.social.lists = make(NOW);
      options.prepare?.(host);
    },
  });
}

/** The keys of removed accounts in the situation “former”. */
export const FORMER = {
  github: "key-github-former-1",
  google: "key-google-former-20",
  facebook: "key-facebook-former-60",
  orkut: "key-orkut-former-71",
};

/** Opens a dialog of a removed account. */
export async function askAboutFormer(user: User, verb: "restore" | "forget", key: string) {
  await user.click(await findById(`social-${verb}-${key}`));
  await waitFor(() => expect(byId("social-cancel")).toHaveFocus());
}

/** Waits until a change has ended, and its result is said. */
export const done = () => waitFor(() => expect(byId("social-result")).toHaveFocus());

export const inBrowser = () => waitFor(() => expect(byId("social-waiting")).toHaveFocus());

/** Links a provider, until the browser is at it. */
export async function link(user: User, target = "facebook") {
  await user.click(await findById(`social-link-${target}`));
  await prove(user);
  await inBrowser();
}

/** Switches the account of a provider, until the browser is at it. */
export async function switchAccount(user: User, target = "github") {
  await user.click(await findById(`social-switch-${target}`));
  await user.click(await findById("social-switch-confirm"));
  await prove(user);
  await inBrowser();
}

/** Waits for a failure in the dialog. */
export async function failed(code: CommandError["code"]) {
  await waitFor(() => expect(byId("social-failure")).toHaveAttribute("data-code", code));
  return byId("social-failure");
}

export const nothingOf = (id: string) => expect(screen.queryByTestId(id)).toBeNull();
