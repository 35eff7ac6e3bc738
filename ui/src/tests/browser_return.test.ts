/** App settings: how the browser returns after a sign-in, and links that another program opens. */
import { fireEvent, screen, waitFor } from "@testing-library/svelte";
import { describe, expect, test } from "vitest";

import type { AppSettings } from "../lib/contract";
import { calls, refusal } from "./devices";
import { de, en } from "./messages";
import { byId, drawPage, drawSignedIn, findById, type Options, stateNamed } from "./page";
import { violations } from "./tokens";

const drawSettings = (change: Partial<AppSettings> = {}, options: Options = {}) =>
  drawSignedIn({
    ...options,
    page: "settings",
    prepare: (host) => {
      host.settings = { ...host.settings, ...change };
      options.prepare?.(host);
    },
  });
const BY_LINK = { browser_return: "link" } as const;
const ELSEWHERE = { ...BY_LINK, links_go_elsewhere: true } as const;
const said = (text: string) => waitFor(() => expect(byId("status")).toHaveTextContent(text));

describe("the return from the browser", () => {
  test("is directly unless chosen otherwise, and each choice says when it is right", async () => {
    await drawSettings();
    expect(await findById("browser-return-loopback")).toBeChecked();
    expect(byId("browser-return-loopback")).toHaveAccessibleName("Directly");
    expect(byId("browser-return-loopback")).toHaveAccessibleDescription(/Recommended.*127\.0\.0\.1/);
    expect(byId("browser-return-link")).not.toBeChecked();
    expect(byId("browser-return-link")).toHaveAccessibleName("By a link");
    expect(byId("browser-return-link")).toHaveAccessibleDescription(/firewall.*asks before/);
    expect(screen.getByRole("group", { name: en.settings_browser_return() })).toBeVisible();
    expect(screen.queryByTestId("links-go-elsewhere")).toBeNull();
  });

  test("is chosen at once and kept", async () => {
    const { user, host, app } = await drawSettings({ theme: "dark" });
    await user.click(await findById("browser-return-link"));
    await said(en.settings_browser_return_saved());
    expect(byId("browser-return-link")).toBeChecked();
    expect(calls(host, "settings_set_browser_return").map(({ args }) => args)).toEqual([
      { browserReturn: "link" },
    ]);
    expect(app.settings).toEqual(host.settings);
    await user.click(byId("nav-overview"));
    await user.click(byId("nav-settings"));
    expect(await findById("browser-return-link")).toBeChecked();
    await user.click(byId("browser-return-loopback"));
    await waitFor(() => expect(host.settings.browser_return).toBe("loopback"));
  });

  test("is chosen on the keyboard", async () => {
    const { user, host } = await drawSettings();
    (await findById("browser-return-loopback")).focus();
    await user.keyboard("{ArrowDown}");
    expect(byId("browser-return-link")).toHaveFocus();
    await waitFor(() => expect(host.settings.browser_return).toBe("link"));
    await user.keyboard("{ArrowUp}");
    await waitFor(() => expect(host.settings.browser_return).toBe("loopback"));
    expect(byId("browser-return-loopback")).toHaveFocus();
  });

  test("can be chosen before sign-in", async () => {
    const { user, host } = await drawPage(stateNamed("signed_out"), { page: "settings" });
    await user.click(await findById("browser-return-link"));
    await waitFor(() => expect(host.settings.browser_return).toBe("link"));
  });

  test("that is refused is taken back and said", async () => {
    const { user, host } = await drawSettings();
    host.fail("settings_set_browser_return", refusal("storage_failed"));
    await user.click(await findById("browser-return-link"));
    expect(await findById("notice")).toHaveTextContent(en.errors_storage_failed_title());
    expect(byId("settings-browser-return")).toContainElement(byId("notice"));
    expect(byId("browser-return-loopback")).toBeChecked();
    expect(byId("browser-return-link")).not.toBeChecked();
    await user.click(byId("browser-return-link"));
    await said(en.settings_browser_return_saved());
    expect(screen.queryByTestId("notice")).toBeNull();
  });

  test("of two choices the newer one stays, whichever is answered last", async () => {
    const { user, host } = await drawSettings();
    const release = host.hold("settings_set_browser_return");
    await user.click(await findById("browser-return-link"));
    await user.click(byId("browser-return-loopback"));
    await said(en.settings_browser_return_saved());
    release();
    await new Promise((resolve) => setTimeout(resolve));
    expect(byId("browser-return-loopback")).toBeChecked();
  });

  test("is left alone when a theme is refused that was chosen before", async () => {
    const { user, host } = await drawSettings();
    let refuse = () => {};
    host.next.settings_set_appearance = [
      () => new Promise((_, reject) => (refuse = () => reject(refusal("storage_failed")))),
    ];
    await user.click(await findById("theme-dark"));
    await user.click(byId("browser-return-link"));
    await said(en.settings_browser_return_saved());
    expect(byId("theme-dark")).toBeChecked();
    refuse();
    await findById("notice");
    expect(byId("theme-system")).toBeChecked();
    expect(byId("browser-return-link")).toBeChecked();
  });

  test.each([
    ["directly", {}],
    ["by a link", BY_LINK],
  ])("%s is drawn as it was kept", async (_, change) => {
    const { host } = await drawSettings(change);
    expect(await findById(`browser-return-${host.settings.browser_return}`)).toBeChecked();
    expect(await violations()).toEqual([]);
  });
});

describe("links that open another program", () => {
  test("are said, with what happens meanwhile and what to do", async () => {
    await drawSettings(ELSEWHERE, { prepare: (host) => (host.linksGoElsewhere = true) });
    expect(await findById("links-go-elsewhere")).toHaveTextContent(en.settings_links_elsewhere_title());
    expect(byId("links-go-elsewhere")).toHaveTextContent(/returns directly.*Install Latchkey again.*ask IT/);
    expect(byId("browser-return-link")).toBeChecked();
    expect(await violations()).toEqual([]);
  });

  test("are said and announced when that return is chosen, and no longer when it is not", async () => {
    const { user } = await drawSettings({}, { prepare: (host) => (host.linksGoElsewhere = true) });
    await user.click(await findById("browser-return-link"));
    expect(await findById("links-go-elsewhere")).toBeVisible();
    await said(en.settings_links_elsewhere_title());
    await user.click(byId("browser-return-loopback"));
    await said(en.settings_browser_return_saved());
    expect(screen.queryByTestId("links-go-elsewhere")).toBeNull();
  });

  test("are looked at again when the user is back from correcting it", async () => {
    const { host } = await drawSettings(ELSEWHERE);
    await findById("links-go-elsewhere");
    host.settings = { ...host.settings, links_go_elsewhere: false };
    await fireEvent.focus(window);
    await waitFor(() => expect(screen.queryByTestId("links-go-elsewhere")).toBeNull());
  });

  test("are looked at when the page opens, and only where they matter", async () => {
    const { user, host } = await drawSettings();
    await findById("browser-return-loopback");
    const before = calls(host, "settings").length;
    await fireEvent.focus(window);
    expect(calls(host, "settings")).toHaveLength(before);
    await user.click(byId("browser-return-link"));
    await said(en.settings_browser_return_saved());
    await user.click(byId("nav-overview"));
    host.settings = { ...host.settings, links_go_elsewhere: true };
    await user.click(byId("nav-settings"));
    expect(await findById("links-go-elsewhere")).toBeVisible();
  });

  test("that cannot be looked at stay as they were", async () => {
    const { host } = await drawSettings(ELSEWHERE);
    await findById("links-go-elsewhere");
    host.fail("settings", refusal("internal"));
    await fireEvent.focus(window);
    await waitFor(() => expect(host.next.settings).toEqual([]));
    expect(byId("links-go-elsewhere")).toBeVisible();
    expect(screen.queryByTestId("notice")).toBeNull();
  });

  test("are not looked at while a choice is undecided", async () => {
    const { user, host } = await drawSettings();
    const release = host.hold("settings_set_browser_return");
    await user.click(await findById("browser-return-link"));
    await fireEvent.focus(window);
    await new Promise((resolve) => setTimeout(resolve));
    expect(byId("browser-return-link")).toBeChecked();
    release();
    await said(en.settings_browser_return_saved());
  });
});

test("it speaks German", async () => {
  await drawSettings(ELSEWHERE, { languages: ["de-AT"] });
  expect(await findById("settings-browser-return")).toHaveAccessibleName("Rückkehr aus dem Browser");
  expect(byId("browser-return-loopback")).toHaveAccessibleName("Direkt");
  expect(byId("browser-return-link")).toHaveAccessibleName("Über einen Link");
  expect(byId("links-go-elsewhere")).toHaveTextContent(de.settings_links_elsewhere_body());
  expect(await violations()).toEqual([]);
});
