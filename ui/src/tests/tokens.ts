/** Support of the tests of access tokens: draws the page with a list, and creates a token. */
import { screen, waitFor } from "@testing-library/svelte";
import axe from "axe-core";
import { expect } from "vitest";
import { type AccountView } from "../lib/contract";
import { FIRST_VALUE, TOKENS } from "../lib/host/fake_access_tokens";
import { fakeAccount, signedIn } from "../lib/host/fake_states";
import { prove, type User } from "./devices";
import { byId, drawPage, everyText, findById, NOW, type Options } from "./page";

export const BACKUP = "Backup%20script";

export async function drawTokens(
  situation = "usual",
  options: Options = {},
  change: Partial<AccountView> = {},
) {
  const account = { ...fakeAccount(NOW), ...change };
  return drawPage(signedIn(NOW, { account }), {
    ...options,
    page: "devices",
    prepare: (host) => {
      const make = TOKENS[situation];
      if (!make) throw new Error(`no situation ${situation}`);
      host.accessTokens.tokens = make(NOW);
      options.prepare?.(host);
    },
  });
}

export async function typeName(user: User, name: string) {
  const input = await findById("input-token-name");
  await user.clear(input);
  if (name) await user.type(input, name);
}

/** Requests a token, until the step-up dialog is open. */
export async function ask(user: User, name = "Deploy") {
  await user.click(await findById("token-create"));
  await typeName(user, name);
  await user.click(byId("token-save"));
  await findById("step-up");
}

/** Creates a token, until its value is shown. */
export async function make(user: User, name = "Deploy") {
  await ask(user, name);
  await prove(user);
  await findById("token-value");
}

/** The value is in no text, attribute, property or title of the page. */
export function expectNoValue() {
  expect(document.documentElement.outerHTML).not.toContain(FIRST_VALUE);
  expect(everyText().join("\n")).not.toContain(FIRST_VALUE);
  for (const input of document.querySelectorAll("input")) expect(input.value).not.toContain(FIRST_VALUE);
}

export const noDialog = () => waitFor(() => expect(screen.queryByTestId("dialog")).toBeNull());

export const violations = async () => {
  const result = await axe.run(document, { rules: { "color-contrast": { enabled: false } } });
  return result.violations.map((found) => `${found.id}: ${found.nodes.map((node) => node.html).join(" ")}`);
};
