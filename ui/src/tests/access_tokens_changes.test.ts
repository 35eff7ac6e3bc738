/** Access tokens: renaming and revoking one. */
import { screen, waitFor } from "@testing-library/svelte";
import { describe, expect, test } from "vitest";
import { calls, prove, refusal, type User } from "./devices";
import { en } from "./messages";
import { byId, findById } from "./page";
import { BACKUP, drawTokens, typeName, noDialog, violations } from "./tokens";

describe("renaming one", () => {
  const open = async (user: User) => {
    await user.click(await findById(`token-rename-${BACKUP}`));
    await waitFor(() => expect(byId("input-token-name")).toHaveFocus());
  };

  test("asks for a name, begins with the present one, and needs no proof", async () => {
    const { user, host } = await drawTokens();
    await open(user);
    expect(byId("dialog")).toHaveAccessibleName("Rename “Backup script”");
    expect(byId("input-token-name")).toHaveValue("Backup script");
    expect(await violations()).toEqual([]);
    await typeName(user, " Nightly ");
    await user.keyboard("{Enter}");
    await noDialog();
    expect(byId("token-Nightly")).toHaveTextContent("expires 9 July");
    expect(calls(host, "access_token_rename").map(({ args }) => args)).toEqual([
      { accountId: "alice00000001", request: { from: "Backup script", to: "Nightly" } },
    ]);
    await waitFor(() => expect(byId("token-rename-Nightly")).toHaveFocus());
    expect(byId("status")).toHaveTextContent("The token is now called “Nightly”.");
  });

  test("to the same name asks nothing", async () => {
    const { user, host } = await drawTokens();
    await open(user);
    await user.keyboard("{Enter}");
    await noDialog();
    expect(calls(host, "access_token_rename")).toHaveLength(0);
    await waitFor(() => expect(byId(`token-rename-${BACKUP}`)).toHaveFocus());
  });

  test("to a name that exists is said at the field", async () => {
    const { user } = await drawTokens();
    await open(user);
    await typeName(user, "Build server");
    await user.keyboard("{Enter}");
    expect(await findById("invalid")).toHaveTextContent(en.access_tokens_name_taken());
    expect(byId("token-Build%20server")).toBeInTheDocument();
  });

  test("of one that is gone says so and reads the list again", async () => {
    const { user, host } = await drawTokens();
    await open(user);
    host.accessTokens.tokens = [];
    await typeName(user, "Nightly");
    await user.keyboard("{Enter}");
    expect(await findById("tokens-result")).toHaveTextContent(
      en.access_tokens_result_gone({ name: "Backup script" }),
    );
    expect(await findById("tokens-empty")).toBeVisible();
    await waitFor(() => expect(byId("tokens-result")).toHaveFocus());
  });

  test("answered late does not close a dialog that was opened since", async () => {
    const { user, host } = await drawTokens();
    await open(user);
    const release = host.hold("access_token_rename");
    await typeName(user, "Nightly");
    await user.keyboard("{Enter}");
    await user.click(byId("token-cancel"));
    await noDialog();
    await user.click(byId("token-create"));
    await findById("input-token-name");
    release();
    expect(await findById("token-Nightly")).toBeInTheDocument();
    expect(byId("dialog")).toHaveAccessibleName(en.access_tokens_create());
  });
});

describe("revoking one", () => {
  test("b8_asks first, wants a proof, and then it is gone", async () => {
    const { user, host } = await drawTokens();
    await user.click(await findById(`token-revoke-${BACKUP}`));
    expect(await findById("dialog")).toHaveAccessibleName("Revoke “Backup script”?");
    expect(byId("dialog")).toHaveAccessibleDescription(en.access_tokens_revoke_loses());
    await waitFor(() => expect(byId("token-cancel")).toHaveFocus());
    expect(await violations()).toEqual([]);
    await user.click(byId("token-revoke-confirm"));
    expect(await findById("step-up")).toHaveTextContent("To revoke the token “Backup script”");
    expect(byId(`token-${BACKUP}`)).toBeInTheDocument();
    await prove(user);
    expect(await findById("tokens-result")).toHaveTextContent("The token “Backup script” was revoked.");
    expect(screen.queryByTestId(`token-${BACKUP}`)).toBeNull();
    await waitFor(() => expect(byId("tokens-result")).toHaveFocus());
    expect(byId("status")).toHaveTextContent("The token “Backup script” was revoked.");
    expect(calls(host, "access_token_revoke")).toHaveLength(2);
    // The proof of an ordinary purpose lasts a while.
    await user.click(byId("token-revoke-Build%20server"));
    await user.click(await findById("token-revoke-confirm"));
    await waitFor(() => expect(screen.queryByTestId("token-Build%20server")).toBeNull());
    expect(screen.queryByTestId("step-up")).toBeNull();
  });

  test("is left with Cancel or Escape, back to where it began", async () => {
    const { user, host } = await drawTokens();
    await user.click(await findById(`token-revoke-${BACKUP}`));
    await waitFor(() => expect(byId("token-cancel")).toHaveFocus());
    await user.keyboard("{Escape}");
    await noDialog();
    await waitFor(() => expect(byId(`token-revoke-${BACKUP}`)).toHaveFocus());
    expect(calls(host, "access_token_revoke")).toHaveLength(0);
  });

  test("that has expired says that nothing stops working", async () => {
    const { user } = await drawTokens();
    await user.click(await findById("token-revoke-Old%20laptop"));
    expect(await findById("dialog")).toHaveAccessibleDescription(en.access_tokens_revoke_expired());
  });

  test("that is gone already says so and reads the list again", async () => {
    const { user, host } = await drawTokens();
    await user.click(await findById(`token-revoke-${BACKUP}`));
    host.accessTokens.tokens = host.accessTokens.tokens.filter(({ name }) => name !== "Backup script");
    host.fail("access_token_revoke", refusal("access_token_not_found"));
    await user.click(await findById("token-revoke-confirm"));
    expect(await findById("tokens-result")).toHaveTextContent(
      en.access_tokens_result_gone({ name: "Backup script" }),
    );
    await waitFor(() => expect(screen.queryByTestId(`token-${BACKUP}`)).toBeNull());
    expect(screen.queryByTestId("dialog")).toBeNull();
  });

  test("refused keeps the dialog, with the reference for IT", async () => {
    const { user, host } = await drawTokens();
    await user.click(await findById(`token-revoke-${BACKUP}`));
    host.fail("access_token_revoke", refusal("upstream_failed"));
    await user.click(await findById("token-revoke-confirm"));
    expect(await findById("token-error")).toHaveTextContent("req-5");
    expect(byId(`token-${BACKUP}`)).toBeInTheDocument();
  });
});
