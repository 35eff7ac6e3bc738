/** Linked accounts: providers whose accounts are linked on the organisation's account page, in the browser. */
import { fireEvent, waitFor } from "@testing-library/svelte";
import { describe, expect, test } from "vitest";
import { de, en } from "./messages";
import { byId, findById } from "./page";
import { calls, drawSocial, nothingOf, refusal, violations } from "./social";

const BUTTON = "social-account-center-gitlab";
const back = () => fireEvent.focus(window);
const opened = () =>
  waitFor(() => expect(byId("status")).toHaveTextContent(en.social_account_center_opened()));

describe("a provider that is linked on the account page", () => {
  test("says so, and has a button of its own", async () => {
    await drawSocial("account_center");
    expect(await findById("provider-gitlab")).toHaveTextContent(en.social_at_account_center());
    expect(byId("provider-gitlab")).not.toHaveTextContent(en.social_at_sign_in());
    expect(byId(BUTTON)).toHaveTextContent("Open account page");
    expect(byId(BUTTON)).toHaveAccessibleName("Open account page for GitLab");
    expect(byId(BUTTON)).toHaveAccessibleDescription(en.social_at_account_center());
    expect(byId("social-account-center-discord")).toHaveAccessibleName("Open account page for Discord");
    // The others are as they were.
    expect(byId("provider-wechat")).toHaveTextContent(en.social_on_phone());
    nothingOf("social-account-center-wechat");
    expect(byId("social-link-github")).toBeEnabled();
    nothingOf("social-account-center-github");
  });

  test("has no button where the account page cannot link it", async () => {
    await drawSocial("states");
    expect(await findById("provider-gitlab")).toHaveTextContent(en.social_at_sign_in());
    nothingOf(BUTTON);
  });

  test("is unlinked with the right words about linking it again", async () => {
    const { user } = await drawSocial("account_center");
    await user.click(await findById("social-unlink-apple"));
    expect(await findById("social-loses")).toHaveTextContent(en.social_unlink_again_at_account_center());
  });

  test("is not offered where nothing may be changed", async () => {
    await drawSocial("account_center", {}, { social: { access: "read_only", reason: "organisation" } });
    await findById("view-only");
    nothingOf(BUTTON);
  });

  test("speaks German", async () => {
    await drawSocial("account_center", { languages: ["de-AT"] });
    expect(await findById("provider-gitlab")).toHaveTextContent(de.social_at_account_center());
    expect(byId(BUTTON)).toHaveAccessibleName("Kontoseite öffnen für GitLab");
    expect(await violations()).toEqual([]);
  });
});

describe("the account page", () => {
  test("is opened on the keyboard, which is announced", async () => {
    const { user, host } = await drawSocial("account_center");
    (await findById(BUTTON)).focus();
    await user.keyboard("{Enter}");
    await opened();
    expect(calls(host, "social_account_center").map(({ args }) => args)).toEqual([
      { accountId: "alice00000001" },
    ]);
    expect(byId(BUTTON)).toHaveFocus();
    expect(calls(host, "social_list")).toHaveLength(1);
  });

  test("has linked an account: it appears when the user is back, and the focus is at it", async () => {
    const { user, host } = await drawSocial("account_center");
    await user.click(await findById(BUTTON));
    await opened();
    host.social.linkElsewhere("gitlab");
    await back();
    await waitFor(() => expect(byId("social-result")).toHaveFocus());
    expect(byId("social-result")).toHaveTextContent("GitLab account “Alice Elsewhere” is linked.");
    expect(byId("social-gitlab")).toBeVisible();
    nothingOf("provider-gitlab");
    await waitFor(() => expect(calls(host, "account_refresh")).toHaveLength(1));
    expect(await violations()).toEqual([]);
  });

  test("has linked nothing: the list is read once, and all stays as it was", async () => {
    const { user, host } = await drawSocial("account_center");
    await user.click(await findById(BUTTON));
    await opened();
    await back();
    await waitFor(() => expect(calls(host, "social_list")).toHaveLength(2));
    await back();
    await new Promise((resolve) => setTimeout(resolve));
    expect(calls(host, "social_list")).toHaveLength(2);
    expect(byId(BUTTON)).toHaveFocus();
    nothingOf("social-result");
    // Another visit is another reading.
    await user.click(byId(BUTTON));
    await back();
    await waitFor(() => expect(calls(host, "social_list")).toHaveLength(3));
  });

  test("was not opened: coming back to the window reads nothing", async () => {
    const { host } = await drawSocial("account_center");
    await findById(BUTTON);
    await back();
    expect(calls(host, "social_list")).toHaveLength(1);
  });

  test("takes the focus from nothing else", async () => {
    const { user, host } = await drawSocial("account_center");
    await user.click(await findById(BUTTON));
    await opened();
    byId("social-reload").focus();
    host.social.linkElsewhere("gitlab");
    await back();
    await findById("social-result");
    expect(byId("social-reload")).toHaveFocus();
    await waitFor(() => expect(byId("status")).toHaveTextContent("is linked"));
  });

  test("links while the user has left for another page: there is no result later", async () => {
    const { user, host } = await drawSocial("account_center");
    await user.click(await findById(BUTTON));
    await opened();
    host.social.linkElsewhere("gitlab");
    const release = host.hold("social_list");
    await back();
    await user.click(byId("nav-overview"));
    release();
    await waitFor(() => expect(calls(host, "account_refresh")).toHaveLength(1));
    await user.click(byId("nav-linked"));
    expect(await findById("social-gitlab")).toBeVisible();
    nothingOf("social-result");
  });

  test("cannot be read from afterwards: the list says so", async () => {
    const { user, host } = await drawSocial("account_center");
    await user.click(await findById(BUTTON));
    await opened();
    host.social.linkElsewhere("gitlab");
    host.fail("social_list", refusal("offline"));
    await back();
    expect(await findById("notice")).toHaveTextContent(en.errors_offline_title());
    await user.click(byId("retry"));
    expect(await findById("social-gitlab")).toBeVisible();
  });
});

describe("an account page that cannot be opened", () => {
  test("for want of a browser says so at its provider, and tells of no link to copy", async () => {
    const { user, host } = await drawSocial("account_center");
    host.fail("social_account_center", refusal("browser_unavailable"));
    await user.click(await findById(BUTTON));
    const notice = await findById("notice");
    expect(notice).toHaveTextContent(en.errors_browser_unavailable_title());
    expect(notice).toHaveTextContent(en.social_account_center_no_browser());
    expect(notice).toHaveClass("error");
    expect(notice).toHaveAttribute("role", "alert");
    expect(notice.closest("li")?.previousElementSibling).toBe(byId("provider-gitlab"));
    expect(await violations()).toEqual([]);
    // The user was nowhere else.
    await back();
    expect(calls(host, "social_list")).toHaveLength(1);
    await user.click(byId(BUTTON));
    await opened();
    nothingOf("notice");
  });

  test.each(["signed_out", "internal"] as const)("for %s says it in the words of the code", async (code) => {
    const { user, host } = await drawSocial("account_center");
    host.fail("social_account_center", refusal(code));
    await user.click(await findById(BUTTON));
    expect(await findById("notice")).toHaveTextContent(en[`errors_${code}_body`]());
  });

  test("is no longer said once something else was begun, or the page was left", async () => {
    const { user, host } = await drawSocial("account_center");
    host.fail("social_account_center", refusal("internal"));
    await user.click(await findById(BUTTON));
    await findById("notice");
    await user.click(byId("social-unlink-apple"));
    await user.click(await findById("social-cancel"));
    nothingOf("notice");
    host.fail("social_account_center", refusal("internal"));
    await user.click(byId(BUTTON));
    await findById("notice");
    await user.click(byId("nav-overview"));
    await user.click(byId("nav-linked"));
    await findById(BUTTON);
    nothingOf("notice");
  });
});
