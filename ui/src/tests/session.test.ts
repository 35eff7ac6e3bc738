/** A signed-in session: first view, navigation, banners, settings and sign-out. */
import type { AppSettings } from "../lib/contract";
import { screen, waitFor } from "@testing-library/svelte";
import { describe, expect, test } from "vitest";

import { fakeAccount, fakeServer, signedIn } from "../lib/host/fake_states";
import { de, en } from "./messages";
import { byId, drawPage, drawSignedIn, findById, NOW, stateNamed, view } from "./page";

const commands = (host: { calls: { command: string }[] }) => host.calls.map((call) => call.command);

describe("the first view", () => {
  test("is told once, after the name is in the document", async () => {
    const { host } = await drawPage(stateNamed("loading"));
    expect(commands(host)).not.toContain("first_view");
    host.emit(signedIn(NOW));
    await waitFor(() => expect(commands(host)).toContain("first_view"));
    expect(byId("account-name")).toHaveTextContent("Alice Example");
    host.emit(signedIn(NOW, { freshness: { kind: "stale", at: NOW, cause: "offline" } }));
    host.emit(signedIn(NOW));
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    expect(commands(host).filter((command) => command === "first_view")).toHaveLength(1);
  });

  test("greets by the hour and says when and since", async () => {
    const { app } = await drawSignedIn();
    expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent("Good morning, Alice");
    expect(byId("last-sign-in")).toHaveTextContent("Last signed in today at 07:30");
    for (const [hour, words] of [
      [3, "Hello, Alice"],
      [13, "Good afternoon, Alice"],
      [20, "Good evening, Alice"],
    ] as const) {
      app.now = new Date(2026, 5, 10, hour).getTime();
      await waitFor(() => expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent(words));
    }
  });

  test("shows the picture through the app, never by its address", async () => {
    const account = {
      ...fakeAccount(NOW),
      avatar: { access: "edit" as const, value: "https://example.test/a.png" },
    };
    const { container, host } = await drawPage(signedIn(NOW, { account }));
    await waitFor(() => expect(container.querySelectorAll("img").length).toBeGreaterThan(0));
    for (const image of container.querySelectorAll("img")) expect(image.src).toMatch(/^data:image\/png/);
    expect(commands(host).filter((command) => command === "picture")).toHaveLength(1);
  });
});

describe("a connection that is not trusted", () => {
  const cause = "certificate_untrusted" as const;
  const detail = {
    kind: "certificate" as const,
    host: "settings.example.test",
    issuer: "Example Company CA",
  };

  test("names who issued the certificate above the last known account", async () => {
    await drawPage(signedIn(NOW, { freshness: { kind: "stale", at: NOW, cause, detail } }));
    expect(byId("stale")).toHaveTextContent(en[`errors_${cause}_title`]());
    expect(byId("stale")).toHaveTextContent("issued by “Example Company CA”");
    expect(byId("stale")).toHaveTextContent("Ask IT.");
  });

  test("names it where there is no account to show", async () => {
    await drawPage(signedIn(NOW, { account: null, freshness: { kind: "stale", at: null, cause, detail } }));
    expect(view()).toBe("problem");
    expect(byId("notice")).toHaveTextContent("issued by “Example Company CA”");
  });
});

describe("navigation", () => {
  test("marks the present entry and keeps the focus on it", async () => {
    const { user } = await drawSignedIn();
    byId("nav-profile").focus();
    await user.keyboard("{Enter}");
    await waitFor(() => expect(view()).toBe("profile"));
    expect(byId("nav-profile")).toHaveAttribute("aria-current", "page");
    expect(byId("nav-overview")).not.toHaveAttribute("aria-current");
    expect(byId("nav-profile")).toHaveFocus();
    await waitFor(() => expect(document.title).toBe("Profile – Latchkey"));
  });

  test("follows a link, also one that came before the page listened", async () => {
    const { host } = await drawSignedIn({ page: "settings" });
    expect(view()).toBe("settings");
    host.navigate("profile");
    await waitFor(() => expect(view()).toBe("profile"));
  });

  test("a link that comes before sign-in is followed after it", async () => {
    const { host } = await drawPage(stateNamed("signed_out"), { page: "profile" });
    expect(view()).toBe("signed_out");
    host.emit(signedIn(NOW));
    await waitFor(() => expect(view()).toBe("profile"));
  });
});

describe("what to know", () => {
  test("an old view is marked with its time and can be refreshed", async () => {
    const { user, host } = await drawPage(stateNamed("offline"));
    expect(byId("stale")).toHaveTextContent(en.errors_offline_title());
    expect(byId("stale")).toHaveTextContent("today at 06:30");
    expect(byId("fact-name")).toHaveTextContent("Alice Example");
    host.fail("account_refresh", { code: "upstream_unavailable", message: "m" });
    await user.click(byId("retry"));
    await waitFor(() => expect(byId("stale")).toHaveTextContent(en.errors_upstream_unavailable_title()));
    await user.click(byId("retry"));
    await waitFor(() => expect(screen.queryByTestId("stale")).toBeNull());
  });

  test.each(["absent", "locked", "no_collection", "refused"] as const)(
    "a session in memory says so: %s",
    async (reason) => {
      const { user } = await drawPage(signedIn(NOW, { persistence: { kind: "memory_only", reason } }));
      expect(byId("memory-only")).toHaveTextContent(en[`shell_memory_only_${reason}`]());
      await user.click(screen.getByRole("button", { name: en.common_hide() }));
      expect(screen.queryByTestId("memory-only")).toBeNull();
    },
  );

  test("a session in memory can be put into the keyring, and a keyring that refuses is named", async () => {
    const persistence = { kind: "memory_only", reason: "no_collection" } as const;
    const { user, host } = await drawPage(signedIn(NOW, { persistence }));
    host.fail("session_keep", { code: "store_locked", message: "m" });
    await user.click(byId("session-keep"));
    await waitFor(() => expect(byId("memory-only")).toHaveTextContent(en.errors_store_locked_title()));
    await user.click(byId("session-keep"));
    await waitFor(() => expect(screen.queryByTestId("memory-only")).toBeNull());
  });

  test("http on this machine and a pinned resource stay in sight", async () => {
    await drawPage(
      signedIn(NOW, {
        server: { ...fakeServer(), insecure: true, pinned_resource: "https://pinned.example.test" },
      }),
    );
    expect(byId("insecure")).toHaveTextContent(en.server_insecure());
    expect(byId("pinned")).toHaveTextContent("https://pinned.example.test");
  });

  test.each([
    ["no_permission", "insufficient_scope", "insufficient_scope"],
    ["suspended", "problem", "account_suspended"],
    ["nothing_known", "problem", "offline"],
  ] as const)("%s stands in the way, and can be tried again", async (name, id, code) => {
    const { user, host } = await drawPage(stateNamed(name));
    expect(view()).toBe(id);
    expect(byId("notice")).toHaveAttribute("data-code", code);
    expect(screen.queryByTestId("fact-name")).toBeNull();
    host.next.account_refresh = [() => fakeAccount(NOW)];
    await user.click(byId("retry"));
    expect(await findById("fact-name")).toHaveTextContent("Alice Example");
  });
});

describe("app settings", () => {
  test.each([
    ["command_line", en.server_from_command_line()],
    ["environment", en.server_from_environment()],
  ] as const)("a server from the %s cannot be changed and says why", async (source, words) => {
    await drawPage(
      { kind: "signed_out", server: { ...fakeServer(), source }, notice: null },
      { page: "settings" },
    );
    expect(await findById("server-url-shown")).toHaveTextContent("https://settings.example.test/api");
    expect(screen.getByText(words)).toBeVisible();
    expect(screen.queryByTestId("server-url")).toBeNull();
  });

  test("a typed server can be changed, but only while nobody is signed in", async () => {
    const server = { ...fakeServer(), source: "user" as const };
    const { user, host } = await drawPage(signedIn(NOW, { server }), { page: "settings" });
    expect(await screen.findByText(en.server_while_signed_in())).toBeVisible();
    expect(screen.queryByTestId("server-url")).toBeNull();
    host.emit({ kind: "signed_out", server, notice: null });
    await waitFor(() => expect(view()).toBe("signed_out"));
    await user.click(byId("nav-settings"));
    const input = await findById("server-url");
    await user.clear(input);
    await user.type(input, "https://other.example.test");
    await user.click(byId("save-server"));
    await waitFor(() => expect(view()).toBe("signed_out"));
    expect(screen.getByText("other.example.test")).toBeVisible();
  });

  test("the theme is chosen at once and kept with the account", async () => {
    const { user, host } = await drawSignedIn({ page: "settings" });
    await user.click(await findById("theme-dark"));
    await waitFor(() => expect(byId("status")).toHaveTextContent(en.settings_saved()));
    expect(document.documentElement.dataset.theme).toBe("dark");
    expect(host.calls.find((call) => call.command === "settings_set_appearance")?.args).toEqual({
      theme: "dark",
      language: null,
    });
    expect(byId("preferences-follow")).toHaveTextContent(en.settings_follows());
  });

  test("the language changes every text", async () => {
    const { user } = await drawSignedIn({ page: "settings" });
    await user.selectOptions(await findById("language"), "de");
    await waitFor(() =>
      expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent(de.views_settings()),
    );
    expect(byId("nav-overview")).toHaveTextContent(de.views_overview());
    expect(document.documentElement.lang).toBe("de");
  });

  test("of two choices the newer one stays, whichever is answered last", async () => {
    const { user, host } = await drawSignedIn({ page: "settings" });
    let answer: (settings: AppSettings) => void = () => undefined;
    host.next.settings_set_appearance = [() => new Promise<AppSettings>((settle) => (answer = settle))];
    await user.click(await findById("theme-light"));
    await user.click(byId("theme-dark"));
    await waitFor(() => expect(byId("status")).toHaveTextContent(en.settings_saved()));
    answer({ ...host.settings, theme: "light" });
    await Promise.resolve();
    expect(byId("theme-dark")).toBeChecked();
    await user.selectOptions(byId("language"), "de");
    const last = host.calls.filter((call) => call.command === "settings_set_appearance").at(-1);
    expect(last?.args).toEqual({ theme: "dark", language: "de" });
  });

  test("a refused choice is taken back and said", async () => {
    const { user, host } = await drawSignedIn({ page: "settings" });
    host.fail("settings_set_appearance", { code: "storage_failed", message: "m" });
    await user.click(await findById("theme-dark"));
    expect(await findById("notice")).toHaveTextContent(en.errors_storage_failed_title());
    expect(document.documentElement.dataset.theme).toBe("light");
    expect(byId("theme-system")).toBeChecked();
  });

  test("a preference changed elsewhere is followed", async () => {
    const { host } = await drawSignedIn();
    host.settings = { ...host.settings, theme: "dark" };
    const preferences = { access: "edit" as const, value: { theme: "dark" as const, language: null } };
    host.emit(signedIn(NOW, { account: { ...fakeAccount(NOW), preferences } }));
    await waitFor(() => expect(document.documentElement.dataset.theme).toBe("dark"));
  });
});

describe("sign-out", () => {
  const open = async () => {
    const drawn = await drawSignedIn();
    byId("account-menu").focus();
    await drawn.user.keyboard("{Enter}");
    await findById("sign-out");
    await drawn.user.keyboard("{ArrowDown}{Enter}");
    await findById("sign-out-confirm");
    return drawn;
  };

  test("n16_says what is erased; ending the browser's session is off by default", async () => {
    const { user, host } = await open();
    expect(byId("dialog")).toHaveAccessibleDescription(/erased/);
    expect(byId("sign-out-browser")).not.toBeChecked();
    await waitFor(() => expect(byId("sign-out-confirm")).toHaveFocus());
    await user.keyboard("{Enter}");
    await waitFor(() => expect(view()).toBe("signed_out"));
    expect(host.calls.find((call) => call.command === "sign_out")?.args).toEqual({
      accountId: "alice00000001",
      endBrowserSession: false,
    });
    expect(document.body).not.toHaveTextContent("Alice Example");
  });

  test("n16_ends the browser's session too where it is wished", async () => {
    const { user, host } = await open();
    await user.click(byId("sign-out-browser"));
    await user.click(byId("sign-out-confirm"));
    await waitFor(() => expect(view()).toBe("signed_out"));
    expect(host.calls.find((call) => call.command === "sign_out")?.args).toMatchObject({
      endBrowserSession: true,
    });
  });

  test("n16_a sign-out that fails is said, and the account stays", async () => {
    const { user, host } = await open();
    host.fail("sign_out", { code: "store_locked", message: "m" });
    await user.click(byId("sign-out-confirm"));
    expect(await findById("notice")).toHaveTextContent(en.errors_store_locked_title());
    expect(view()).toBe("overview");
  });

  test("Escape changes nothing and gives the focus back", async () => {
    const { user, host } = await open();
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByTestId("dialog")).toBeNull());
    await waitFor(() => expect(byId("account-menu")).toHaveFocus());
    expect(commands(host)).not.toContain("sign_out");
  });

  test("what was typed does not survive the account", async () => {
    const { user, host } = await drawSignedIn({ page: "profile" });
    await user.click(await findById("edit-name"));
    await user.type(await findById("input-name"), " draft");
    await user.keyboard("{Escape}");
    host.emit({ kind: "signed_out", server: fakeServer(), notice: "session_ended" });
    host.emit(signedIn(NOW));
    await user.click(await findById("nav-profile"));
    await findById("value-name");
    expect(screen.queryByText(en.profile_unsaved())).toBeNull();
  });
});

test("n11_the page keeps nothing in the WebView and calls the host alone", async () => {
  const { user } = await drawSignedIn({ page: "profile" });
  await user.click(await findById("edit-name"));
  await user.type(await findById("input-name"), "!");
  await user.click(byId("save-name"));
  await waitFor(() => expect(byId("status")).toHaveTextContent("Name saved."));
  expect(localStorage).toHaveLength(0);
  expect(sessionStorage).toHaveLength(0);
  expect(document.cookie).toBe("");
});
