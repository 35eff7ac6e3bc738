/** Linked accounts: linking one, and replacing one by another. */
import { screen, waitFor } from "@testing-library/svelte";
import { describe, expect, test, vi } from "vitest";
import { en } from "./messages";
import { byId, findById, view } from "./page";
import {
  calls,
  done,
  drawSocial,
  failed,
  inBrowser,
  link,
  noDialog,
  nothingOf,
  parts,
  prove,
  refusal,
  switchAccount,
  violations,
} from "./social";

const ACCOUNT = "alice00000001";

describe("linking one", () => {
  test("b8_a proof, the browser, and then it is linked", async () => {
    const { user, host } = await drawSocial();
    await user.click(await findById("social-link-facebook"));
    expect(await findById("step-up")).toHaveTextContent("To link your Facebook account, confirm it's you.");
    await prove(user);
    await inBrowser();
    expect(byId("dialog")).toHaveAccessibleName(en.social_browser_title());
    expect(byId("social-waiting")).toHaveTextContent(en.social_browser_link({ provider: "Facebook" }));
    expect(await violations()).toEqual([]);
    nothingOf("social-facebook");
    host.social.finish();
    await done();
    expect(byId("social-result")).toHaveTextContent("Facebook account “Alice Elsewhere” is linked.");
    expect(byId("status")).toHaveTextContent("Facebook account “Alice Elsewhere” is linked.");
    nothingOf("dialog");
    expect(parts("social-facebook")).toEqual([
      "Facebook",
      "Alice Elsewhere",
      "alice@elsewhere.example.test",
      "Linked today at 09:30",
    ]);
    nothingOf("social-link-facebook");
    expect(await violations()).toEqual([]);
    const request = { target: "facebook", replaces: null };
    expect(calls(host, "social_link_begin").map(({ args }) => args)).toEqual([
      { accountId: ACCOUNT, request },
      { accountId: ACCOUNT, request },
    ]);
    expect(calls(host, "social_link_wait").map(({ args }) => args)).toEqual([{ accountId: ACCOUNT }]);
    // The list came with the answer; the account, with its sign-in methods, is read again.
    expect(calls(host, "social_list")).toHaveLength(1);
    await waitFor(() => expect(calls(host, "account_refresh")).toHaveLength(1));
  });

  test.each([
    [{ name: null, email: "a@b.example.test" }, "Facebook account “a@b.example.test” is linked."],
    [{ name: " \u200b", email: null }, "Your Facebook account is linked."],
  ])("is named by what is known of it: %j", async (who, text) => {
    const { user, host } = await drawSocial();
    await link(user);
    host.social.finish(who);
    await done();
    expect(byId("social-result")).toHaveTextContent(text);
  });

  test("can be undone from its result", async () => {
    const { user, host } = await drawSocial();
    await link(user);
    host.social.finish();
    await done();
    await user.tab();
    expect(byId("social-undo")).toHaveFocus();
    expect(byId("social-undo")).toHaveAccessibleName("Unlink Facebook");
    await user.keyboard("{Enter}");
    expect(await findById("dialog")).toHaveAccessibleName("Unlink Facebook?");
    await user.click(byId("social-unlink-confirm"));
    await prove(user);
    await done();
    expect(byId("social-result")).toHaveTextContent("Your Facebook account is no longer linked.");
    expect(byId("social-link-facebook")).toBeEnabled();
  });

  test("leaving the proof leaves it, back to where it began", async () => {
    const { user, host } = await drawSocial();
    await user.click(await findById("social-link-facebook"));
    await findById("step-up");
    await user.keyboard("{Escape}");
    await noDialog();
    await waitFor(() => expect(byId("social-link-facebook")).toHaveFocus());
    expect(host.social.underWay).toBeNull();
  });

  test("the browser can be opened again, and its link copied", async () => {
    const { user, host } = await drawSocial();
    await link(user);
    await user.click(byId("social-reopen"));
    await waitFor(() => expect(byId("dialog")).toHaveTextContent(en.sign_in_reopened()));
    await user.click(byId("social-copy-link"));
    await waitFor(() => expect(byId("dialog")).toHaveTextContent(en.sign_in_copied()));
    expect(byId("status")).toHaveTextContent(en.sign_in_copied());
    host.fail("social_link_copy_link", refusal("clipboard_unavailable"));
    await user.click(byId("social-copy-link"));
    expect(await findById("notice")).toHaveTextContent(en.errors_clipboard_unavailable_title());
    expect(host.social.underWay).toBe("facebook");
  });

  test.each(["click", "Escape"])("%s cancels it", async (how) => {
    const { user, host } = await drawSocial();
    await link(user);
    if (how === "click") await user.click(byId("social-cancel"));
    else await user.keyboard("{Escape}");
    await noDialog();
    expect(host.social.underWay).toBeNull();
    expect(calls(host, "social_link_cancel")).toHaveLength(1);
    await waitFor(() => expect(byId("social-link-facebook")).toHaveFocus());
    nothingOf("social-result");
  });

  test("coming back by a click next to the dialog keeps it", async () => {
    const { user, host } = await drawSocial();
    await link(user);
    // jsdom has no layout: the dialog is at its origin and without a size.
    const outside = { clientX: 500, clientY: 500 };
    const clickOutside = () => user.pointer({ keys: "[MouseLeft]", target: document.body, coords: outside });
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"], shouldAdvanceTime: true });
    await clickOutside();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(byId("social-waiting")).toBeVisible();
    expect(host.social.underWay).toBe("facebook");
    await user.click(byId("social-cancel"));
    await noDialog();
    await user.click(byId("social-unlink-github"));
    await findById("dialog");
    await clickOutside();
    await noDialog();
  });

  test("cancelled elsewhere closes the dialog without a word", async () => {
    const { user, host } = await drawSocial();
    await link(user);
    host.social.failWait(refusal("social_link_cancelled"));
    await noDialog();
    nothingOf("social-result");
  });

  test("says after a while how to find the browser", async () => {
    const { user } = await drawSocial();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"], shouldAdvanceTime: true });
    await link(user);
    expect(byId("dialog")).not.toHaveTextContent(en.sign_in_slow_waiting_for_browser());
    await vi.advanceTimersByTimeAsync(2_100);
    expect(byId("dialog")).toHaveTextContent(en.sign_in_slow_waiting_for_browser());
  });
});

describe("a late answer", () => {
  test("to a beginning that was left cancels the link", async () => {
    const { user, host } = await drawSocial();
    await user.click(await findById("social-link-facebook"));
    const release = host.hold("social_link_begin");
    await prove(user);
    await waitFor(() => expect(byId("social-cancel")).toHaveFocus());
    expect(byId("dialog")).toHaveTextContent(en.social_preparing({ provider: "Facebook" }));
    await user.click(byId("social-cancel"));
    await noDialog();
    release();
    await waitFor(() => expect(calls(host, "social_link_cancel")).toHaveLength(1));
    expect(host.social.underWay).toBeNull();
    nothingOf("dialog");
    expect(calls(host, "social_link_wait")).toHaveLength(0);
  });

  test("that it is linked is shown even if it was cancelled", async () => {
    const { user, host } = await drawSocial();
    await link(user);
    host.next.social_link_cancel = [() => undefined];
    await user.click(byId("social-cancel"));
    await noDialog();
    await user.click(byId("social-unlink-github"));
    await findById("dialog");
    host.social.finish();
    await waitFor(() => expect(byId("social-result")).toHaveTextContent("“Alice Elsewhere” is linked."));
    expect(byId("dialog")).toHaveAccessibleName("Unlink GitHub?");
  });
});

test("a failure of a link that was left is not shown", async () => {
  const { user, host } = await drawSocial();
  await link(user);
  host.next.social_link_cancel = [() => undefined];
  await user.click(byId("social-cancel"));
  await noDialog();
  host.social.failWait(refusal("social_not_linked"));
  await user.click(byId("social-reload"));
  await waitFor(() => expect(byId("status")).toHaveTextContent(en.shell_refreshed()));
  nothingOf("social-result");
  nothingOf("dialog");
});

describe("a link under way", () => {
  test("from before a restart is waited for at once", async () => {
    let release = () => {};
    const { host } = await drawSocial("usual", {
      prepare: (made) => {
        made.social.resumed("facebook");
        release = made.hold("social_list");
      },
    });
    await inBrowser();
    expect(calls(host, "social_link_wait")).toHaveLength(1);
    expect(calls(host, "social_link_begin")).toHaveLength(0);
    // Its provider is known by its name when the list is there.
    expect(byId("social-waiting")).toHaveTextContent("Sign in at facebook");
    release();
    await waitFor(() => expect(byId("social-waiting")).toHaveTextContent("Sign in at Facebook"));
    host.social.finish();
    await done();
    expect(byId("social-result")).toHaveTextContent("Facebook account “Alice Elsewhere” is linked.");
  });

  test("from before a restart can be cancelled", async () => {
    const { user, host } = await drawSocial("usual", { prepare: ({ social }) => social.resumed("facebook") });
    await inBrowser();
    await user.click(byId("social-cancel"));
    await noDialog();
    expect(host.social.underWay).toBeNull();
    await waitFor(() => expect(byId("social-link-facebook")).toHaveFocus());
  });

  test("that replaces an account says so", async () => {
    const { user, host } = await drawSocial("usual", { prepare: ({ social }) => social.resumed("github") });
    await inBrowser();
    expect(byId("dialog")).toHaveTextContent(en.social_browser_present({ provider: "GitHub" }));
    host.social.failWait(refusal("social_link_timed_out"));
    await failed("social_link_timed_out");
    await user.click(byId("social-again"));
    await prove(user);
    await inBrowser();
    expect(calls(host, "social_link_begin").at(-1)?.args).toMatchObject({
      request: { target: "github", replaces: "key-github-1" },
    });
  });

  test("goes on while its page is closed, and is found again", async () => {
    const { user, host } = await drawSocial();
    await link(user);
    host.navigate("overview");
    await waitFor(() => expect(view()).toBe("overview"));
    nothingOf("dialog");
    expect(host.social.underWay).toBe("facebook");
    host.navigate("linked");
    await inBrowser();
    expect(calls(host, "social_link_wait")).toHaveLength(1);
    host.social.finish();
    await done();
  });

  test("that ends while its page is closed shows its result there", async () => {
    const { user, host } = await drawSocial();
    await link(user);
    host.navigate("overview");
    await waitFor(() => expect(view()).toBe("overview"));
    host.social.finish();
    await waitFor(() => expect(calls(host, "account_refresh")).toHaveLength(1));
    host.navigate("linked");
    expect(await findById("social-result")).toHaveTextContent("“Alice Elsewhere” is linked.");
    nothingOf("dialog");
  });

  test("that fails while its page is closed says so there", async () => {
    const { user, host } = await drawSocial();
    await link(user);
    host.navigate("overview");
    await waitFor(() => expect(view()).toBe("overview"));
    host.social.failWait(refusal("social_declined"));
    host.navigate("linked");
    await failed("social_declined");
  });

  test("of elsewhere that comes back while the page is open is said", async () => {
    const { host } = await drawSocial();
    await findById("social-link-facebook");
    host.fail("social_link_pending", refusal("social_link_unknown"));
    host.navigate("linked");
    expect(await screen.findByText(en.errors_social_link_unknown_title())).toBeVisible();
  });

  test("of another provider is shown instead, if wished", async () => {
    const { user, host } = await drawSocial("nothing");
    await findById("social-link-github");
    host.social.resumed("google");
    await user.click(byId("social-link-github"));
    expect(await failed("social_link_in_progress")).toHaveTextContent(
      en.errors_social_link_in_progress_title(),
    );
    nothingOf("social-again");
    await user.click(byId("social-other"));
    await inBrowser();
    expect(byId("social-waiting")).toHaveTextContent("Sign in at Google");
    await user.click(byId("social-cancel"));
    await noDialog();
    expect(host.social.underWay).toBeNull();
  });

  test("of another provider that ended is out of the way", async () => {
    const { user, host } = await drawSocial();
    host.fail("social_link_begin", refusal("social_link_in_progress"));
    await user.click(await findById("social-link-facebook"));
    await failed("social_link_in_progress");
    await user.click(byId("social-other"));
    await prove(user);
    await inBrowser();
    expect(host.social.underWay).toBe("facebook");
  });
});

describe("switching one", () => {
  test("b8_says which is replaced, and then links the other", async () => {
    const { user, host } = await drawSocial();
    await user.click(await findById("social-switch-github"));
    expect(await findById("dialog")).toHaveAccessibleName("Switch account at GitHub?");
    expect(byId("dialog")).toHaveTextContent(en.social_switch_replaces({ account: "Alice Example" }));
    expect(byId("dialog")).toHaveTextContent(en.social_switch_loses());
    await waitFor(() => expect(byId("social-cancel")).toHaveFocus());
    expect(await violations()).toEqual([]);
    await user.click(byId("social-switch-confirm"));
    expect(await findById("step-up")).toHaveTextContent("To switch your GitHub account, confirm it's you.");
    await prove(user);
    await inBrowser();
    expect(byId("dialog")).toHaveTextContent(en.social_browser_present({ provider: "GitHub" }));
    host.social.finish();
    await done();
    expect(byId("social-result")).toHaveTextContent(
      "GitHub account “Alice Elsewhere” is linked now, in place of the old one.",
    );
    expect(parts("social-github")).toContain("alice@elsewhere.example.test");
    expect(calls(host, "social_link_begin").at(-1)?.args).toEqual({
      accountId: ACCOUNT,
      request: { target: "github", replaces: "key-github-1" },
    });
  });

  test("is left with Cancel, back to where it began", async () => {
    const { user, host } = await drawSocial();
    await user.click(await findById("social-switch-github"));
    await user.click(await findById("social-cancel"));
    await noDialog();
    await waitFor(() => expect(byId("social-switch-github")).toHaveFocus());
    expect(calls(host, "social_link_begin")).toHaveLength(0);
  });

  test("leaving the proof leads back to the question", async () => {
    const { user } = await drawSocial();
    await user.click(await findById("social-switch-github"));
    await user.click(await findById("social-switch-confirm"));
    await findById("step-up");
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByTestId("step-up")).toBeNull());
    expect(byId("dialog")).toHaveAccessibleName("Switch account at GitHub?");
    expect(byId("social-switch-confirm")).toBeEnabled();
  });

  test("of one without a name or a sign-in says only what is so", async () => {
    const { user } = await drawSocial("usual", {
      prepare: ({ social }) => {
        const accounts = social.lists.accounts.map((entry) => ({
          ...entry,
          ...{ name: null, email: null, signs_in: false },
        }));
        social.lists = { ...social.lists, accounts };
      },
    });
    await user.click(await findById("social-switch-github"));
    expect(await findById("dialog")).toHaveTextContent(en.social_switch_replaces_nameless());
    expect(byId("dialog")).not.toHaveTextContent(en.social_switch_loses());
  });

  test("cancelled in the browser leaves the old one", async () => {
    const { user, host } = await drawSocial();
    await switchAccount(user);
    host.social.failWait(refusal("social_declined"));
    await failed("social_declined");
    expect(byId("dialog")).toHaveAccessibleName("Switch account at GitHub");
    await user.click(byId("social-close"));
    await noDialog();
    expect(parts("social-github")).toContain("alice@github.example.test");
    await waitFor(() => expect(byId("social-switch-github")).toHaveFocus());
  });

  test("of one that is gone says so and reads the list again", async () => {
    const { user, host } = await drawSocial();
    await user.click(await findById("social-switch-github"));
    host.social.lists = { ...host.social.lists, accounts: [] };
    await user.click(await findById("social-switch-confirm"));
    await done();
    expect(byId("social-result")).toHaveTextContent(en.social_result_gone({ provider: "GitHub" }));
    expect(await findById("social-empty")).toBeVisible();
  });
});
