/** Linked accounts: unlinking one, and why that is refused. */
import { waitFor } from "@testing-library/svelte";
import { describe, expect, test } from "vitest";
import type { AccountView } from "../lib/contract";
import { en } from "./messages";
import { byId, findById, view } from "./page";
import { calls, done, drawSocial, noDialog, nothingOf, prove, refusal, violations } from "./social";

describe("unlinking one", () => {
  test("b8_says what stops working, wants a proof, and it is gone", async () => {
    const { user, host } = await drawSocial();
    await user.click(await findById("social-unlink-github"));
    expect(await findById("dialog")).toHaveAccessibleName("Unlink GitHub?");
    expect(byId("social-loses")).toHaveTextContent(
      en.social_unlink_loses({ account: "Alice Example", provider: "GitHub" }),
    );
    expect(byId("social-loses")).toHaveTextContent(en.social_unlink_again_here());
    expect(byId("social-left")).toHaveTextContent("Password, with username or e-mail");
    await waitFor(() => expect(byId("social-cancel")).toHaveFocus());
    expect(await violations()).toEqual([]);
    await user.click(byId("social-unlink-confirm"));
    expect(await findById("step-up")).toHaveTextContent("To unlink your GitHub account, confirm it's you.");
    expect(byId("social-github")).toBeInTheDocument();
    await prove(user);
    await done();
    expect(byId("social-result")).toHaveTextContent("Your GitHub account is no longer linked.");
    expect(byId("status")).toHaveTextContent("Your GitHub account is no longer linked.");
    nothingOf("social-github");
    expect(byId("social-link-github")).toBeEnabled();
    const request = { target: "github", key: "key-github-1" };
    expect(calls(host, "social_unlink").map(({ args }) => args)).toEqual([
      { accountId: "alice00000001", request },
      { accountId: "alice00000001", request },
    ]);
    await waitFor(() => expect(calls(host, "account_refresh")).toHaveLength(1));
  });

  test("is left with Cancel or Escape, back to where it began", async () => {
    const { user, host } = await drawSocial();
    for (const leave of [() => user.click(byId("social-cancel")), () => user.keyboard("{Escape}")]) {
      await user.click(await findById("social-unlink-github"));
      await waitFor(() => expect(byId("social-cancel")).toHaveFocus());
      await leave();
      await noDialog();
      await waitFor(() => expect(byId("social-unlink-github")).toHaveFocus());
    }
    expect(calls(host, "social_unlink")).toHaveLength(0);
  });

  test.each([
    ["apple", () => en.social_unlink_again_at_sign_in()],
    ["wechat", () => en.social_unlink_again_on_phone()],
    ["orkut", () => en.social_unlink_again_never()],
  ])("%s says whether it can be linked again", async (target, text) => {
    const { user } = await drawSocial("states");
    await user.click(await findById(`social-unlink-${target}`));
    expect(await findById("social-loses")).toHaveTextContent(text());
  });

  test("with which one cannot sign in says that nothing is lost", async () => {
    const { user } = await drawSocial("states");
    await user.click(await findById("social-unlink-discord"));
    expect(await findById("social-loses")).toHaveTextContent(en.social_unlink_unused());
    nothingOf("social-left");
  });

  test("of which nothing is known names the provider", async () => {
    const { user } = await drawSocial("states");
    await user.click(await findById("social-unlink-wechat"));
    expect(await findById("social-loses")).toHaveTextContent(
      en.social_unlink_loses_nameless({ provider: "WeChat" }),
    );
  });

  test("that is gone already says so and reads the list again", async () => {
    const { user, host } = await drawSocial();
    await user.click(await findById("social-unlink-github"));
    const accounts = host.social.lists.accounts.map((entry) => ({ ...entry, key: "another", name: "Bob" }));
    host.social.lists = { ...host.social.lists, accounts };
    await user.click(await findById("social-unlink-confirm"));
    await done();
    expect(byId("social-result")).toHaveTextContent(en.social_result_gone({ provider: "GitHub" }));
    await waitFor(() => expect(byId("social-github")).toHaveTextContent("Bob"));
    nothingOf("dialog");
  });

  test("refused keeps the dialog, with the reference for IT", async () => {
    const { user, host } = await drawSocial();
    await user.click(await findById("social-unlink-github"));
    host.fail("social_unlink", refusal("upstream_failed"));
    await user.click(await findById("social-unlink-confirm"));
    expect(await findById("social-error")).toHaveTextContent("req-5");
    expect(byId("social-github")).toBeInTheDocument();
  });

  test("answered late does not close a dialog opened since", async () => {
    const { user, host } = await drawSocial();
    await user.click(await findById("social-unlink-github"));
    await user.click(await findById("social-unlink-confirm"));
    const release = host.hold("social_unlink");
    await prove(user);
    await waitFor(() => expect(byId("social-cancel")).toBeVisible());
    await user.click(byId("social-cancel"));
    await noDialog();
    await user.click(byId("social-unlink-google"));
    await findById("dialog");
    release();
    await waitFor(() => nothingOf("social-github"));
    expect(byId("dialog")).toHaveAccessibleName("Unlink Google?");
  });
});

describe("unlinking the last way to sign in", () => {
  const alone: Partial<AccountView> = {
    password: { access: "edit", value: false },
    phone: { access: "edit", value: null },
    phone_formatted: null,
    sign_in_ways: [{ kind: "social", target: "github", name: "GitHub" }],
  };
  const refuse = async (change: Partial<AccountView> = {}) => {
    const drawn = await drawSocial("usual", {}, { ...alone, ...change });
    await drawn.user.click(await findById("social-unlink-github"));
    await drawn.user.click(await findById("social-unlink-confirm"));
    await findById("last-way");
    return drawn;
  };

  test("b17_is refused, with what to do first", async () => {
    const { user } = await refuse();
    expect(byId("last-way")).toHaveTextContent(en.security_last_way_title());
    expect(byId("next-set_password")).toBeEnabled();
    nothingOf("social-unlink-confirm");
    nothingOf("step-up");
    expect(await violations()).toEqual([]);
    await user.click(byId("social-cancel"));
    await noDialog();
    expect(byId("social-github")).toBeVisible();
    await waitFor(() => expect(byId("social-unlink-github")).toHaveFocus());
  });

  test("b17_a next step opens its dialog on Security", async () => {
    const { user } = await refuse();
    await user.click(byId("next-set_password"));
    await waitFor(() => expect(view()).toBe("security"));
    await waitFor(() => expect(byId("input-new-password")).toHaveFocus());
    await user.keyboard("{Escape}");
    await noDialog();
    await waitFor(() => expect(byId("change-password")).toHaveFocus());
  });

  test("b17_what cannot be done here is not offered", async () => {
    await refuse({ password: { access: "off" }, code_routes: [] });
    nothingOf("next-set_password");
    nothingOf("next-add_phone");
    expect(byId("last-way")).toHaveTextContent(en.security_last_way_ask_organisation());
  });
});
