/** Access tokens: what is shown of each, and creating one, whose value is shown once and kept nowhere. */
import { fireEvent, screen, waitFor } from "@testing-library/svelte";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { LIMITS } from "../lib/contract";
import { FIRST_VALUE, TOKENS } from "../lib/host/fake_access_tokens";
import { LIFETIMES } from "../features/access_tokens/words";
import { calls, parts, prove, refusal } from "./devices";
import { de, en } from "./messages";
import { byId, drawPage, findById, NOW, stateNamed, view } from "./page";
import { BACKUP, drawTokens, typeName, ask, make, expectNoValue, noDialog, violations } from "./tokens";

describe("the list", () => {
  test("says of each since when and until when, and which has expired", async () => {
    await drawTokens();
    await findById(`token-${BACKUP}`);
    expect(parts(`token-${BACKUP}`)).toEqual([
      "Backup script",
      "Created yesterday at 09:30",
      "expires 9 July",
    ]);
    expect(parts("token-Build%20server")).toEqual([
      "Build server",
      "Created 11 April",
      en.access_tokens_never_expires(),
    ]);
    expect(byId("token-Old%20laptop")).toHaveTextContent(en.access_tokens_expired());
    expect(byId("token-Old%20laptop")).toHaveTextContent("expired 31 May");
    expect(screen.getAllByText(en.access_tokens_expired())).toHaveLength(1);
  });

  test("takes it from the server, not from the clock here, whether one has expired", async () => {
    await drawTokens("usual", {
      prepare: (host) => {
        host.accessTokens.tokens = [
          { name: "early", created_at: 1, expires_at: NOW + 5_000, expired: true },
          { name: "late", created_at: 1, expires_at: NOW - 5_000, expired: false },
        ];
      },
    });
    expect(await findById("token-early")).toHaveTextContent(en.access_tokens_expired());
    expect(byId("token-late")).not.toHaveTextContent(/expired/i);
  });

  test("empty says what a token is for", async () => {
    await drawTokens("none");
    expect(await findById("tokens-empty")).toHaveTextContent(en.access_tokens_purpose());
    expect(byId("token-create")).toBeEnabled();
  });

  test("each control says of which token it is", async () => {
    await drawTokens();
    expect(await findById(`token-revoke-${BACKUP}`)).toHaveAccessibleName("Revoke Backup script");
    expect(byId(`token-rename-${BACKUP}`)).toHaveAccessibleName("Rename Backup script");
    expect(byId(`token-revoke-${BACKUP}`)).toHaveAccessibleDescription(/expires 9 July/);
    expect(document.querySelectorAll("button.danger")).toHaveLength(0);
  });

  test("is read again with the sessions", async () => {
    const { user, host } = await drawTokens();
    await findById(`token-${BACKUP}`);
    host.accessTokens.tokens = [];
    await user.click(byId("sessions-reload"));
    expect(await findById("tokens-empty")).toBeVisible();
    expect(calls(host, "access_tokens_list")).toHaveLength(2);
  });

  test("that cannot be read says so and can be tried again", async () => {
    const { user } = await drawTokens("usual", {
      prepare: (host) => host.fail("access_tokens_list", refusal("upstream_unavailable")),
    });
    expect(await findById("notice")).toHaveTextContent(en.errors_upstream_unavailable_title());
    expect(byId("access-tokens")).toContainElement(byId("notice"));
    expect(screen.queryByTestId("token-create")).toBeNull();
    await user.click(byId("retry"));
    expect(await findById(`token-${BACKUP}`)).toBeVisible();
    expect(screen.queryByTestId("notice")).toBeNull();
  });

  test("in sight stays when it cannot be read again, and says how old it is", async () => {
    const { user, host } = await drawTokens();
    await findById(`token-${BACKUP}`);
    host.fail("access_tokens_list", refusal("offline"));
    await user.click(byId("sessions-reload"));
    expect(await findById("notice")).toHaveTextContent("You see your tokens as they were today at 09:30.");
    expect(byId(`token-${BACKUP}`)).toBeVisible();
  });

  test("draws nothing without data", async () => {
    let release = () => {};
    await drawTokens("usual", { prepare: (host) => (release = host.hold("access_tokens_list")) });
    await findById("session-office");
    expect(screen.queryByTestId("access-tokens")).toBeNull();
    expect(await findById("skeleton")).toHaveTextContent(en.access_tokens_loading());
    release();
    expect(await findById(`token-${BACKUP}`)).toBeVisible();
  });

  test("speaks German", async () => {
    const { user } = await drawTokens("usual", { languages: ["de-AT"] });
    expect(await findById("access-tokens")).toHaveTextContent(de.access_tokens_title());
    expect(parts(`token-${BACKUP}`)).toEqual([
      "Backup script",
      "Erstellt gestern um 09:30",
      "gültig bis 9. Juli",
    ]);
    await user.click(byId("token-create"));
    expect(await findById("dialog")).toHaveAccessibleName(de.access_tokens_create());
    const options = [...byId("token-lifetime").querySelectorAll("option")].map(({ text }) => text);
    expect(options).toEqual(["7 Tage", "30 Tage", "90 Tage", "1 Jahr", de.access_tokens_lifetime_none()]);
  });
});

describe("what may be done", () => {
  test("b7_read_only tokens are listed, with the reason", async () => {
    await drawTokens("usual", {}, { access_tokens: { access: "read_only", reason: "organisation" } });
    expect(await findById("access-tokens")).toHaveTextContent(en.access_tokens_view_only_organisation());
    expect(byId(`token-${BACKUP}`)).toBeVisible();
    for (const verb of ["token-create", `token-rename-${BACKUP}`, `token-revoke-${BACKUP}`])
      expect(screen.queryByTestId(verb)).toBeNull();
  });

  test("b7_off tokens are neither shown nor asked for", async () => {
    const { host } = await drawPage(stateNamed("tokens_off"), { page: "devices" });
    await findById("session-office");
    expect(screen.queryByTestId("access-tokens")).toBeNull();
    expect(document.querySelector("main")).not.toHaveTextContent(/token/i);
    expect(calls(host, "access_tokens_list")).toHaveLength(0);
  });

  test("b7_tokens without sessions have the page for themselves", async () => {
    const { host } = await drawPage(stateNamed("tokens_only"), { page: "devices" });
    expect(await findById(`token-${BACKUP}`)).toBeVisible();
    expect(screen.getByRole("heading", { level: 1, name: en.views_devices() })).toBeVisible();
    expect(calls(host, "sessions_list")).toHaveLength(0);
    expect(byId("nav-devices")).toBeVisible();
  });
});

describe("creating one", () => {
  const written = vi.fn<(text: string) => Promise<void>>();

  beforeEach(() => {
    written.mockReset().mockResolvedValue();
  });
  afterEach(() => vi.restoreAllMocks());

  /** After `userEvent.setup`, which brings a clipboard of its own. */
  const clipboard = () => vi.spyOn(navigator.clipboard, "writeText").mockImplementation(written);

  test("b21_shows the value once, to be copied, and has it nowhere afterwards", async () => {
    const { user, host } = await drawTokens();
    clipboard();
    await make(user, " Deploy\u200b");
    expect(byId("dialog")).toHaveAccessibleName(en.access_tokens_new_title());
    expect(byId("dialog")).toHaveAccessibleDescription(en.access_tokens_new_once());
    expect(byId("token-value")).toHaveValue(FIRST_VALUE);
    expect(byId("token-value")).toHaveAttribute("readonly");
    expect(byId("token-value")).toHaveAccessibleName("Your new token “Deploy”");
    await waitFor(() => expect(byId("token-copy")).toHaveFocus());
    expect(byId("status")).toHaveTextContent("The token “Deploy” was created.");
    expect(byId("status")).not.toHaveTextContent(FIRST_VALUE);
    expect(await violations()).toEqual([]);
    await user.keyboard("{Enter}");
    expect(written).toHaveBeenCalledExactlyOnceWith(FIRST_VALUE);
    expect(byId("token-copied")).toHaveTextContent(en.access_tokens_copied());
    await user.click(byId("token-done"));
    await noDialog();
    expect(await findById("token-Deploy")).toHaveTextContent("expires 10 July");
    await waitFor(() => expect(byId("token-create")).toHaveFocus());
    expectNoValue();
    expect(calls(host, "access_token_create").at(-1)?.args).toEqual({
      accountId: "alice00000001",
      request: { name: "Deploy", lifetime_days: 30 },
    });
    await user.click(byId("token-create"));
    expect(await findById("input-token-name")).toHaveValue("");
    expectNoValue();
  });

  test("b21_with the value in sight only Done closes the dialog", async () => {
    const { user } = await drawTokens();
    await make(user);
    await waitFor(() => expect(byId("token-copy")).toHaveFocus());
    await user.keyboard("{Escape}");
    expect(byId("token-value")).toHaveValue(FIRST_VALUE);
    const scrim = document.querySelector(".scrim");
    if (!scrim) throw new Error("no scrim");
    await user.click(scrim);
    expect(byId("token-value")).toHaveValue(FIRST_VALUE);
    byId("token-value").focus();
    await user.keyboard("{Enter}");
    expect(byId("token-value")).toHaveValue(FIRST_VALUE);
    await user.click(byId("token-done"));
    await noDialog();
    expectNoValue();
  });

  test("b21_copying that fails says so and selects the value", async () => {
    const { user } = await drawTokens();
    clipboard();
    written.mockRejectedValue(new Error("not allowed"));
    await make(user);
    await user.click(byId("token-copy"));
    await waitFor(() => expect(byId("token-copied")).toHaveTextContent(en.access_tokens_copy_failed()));
    const input = byId("token-value") as HTMLInputElement;
    expect(input).toHaveFocus();
    expect(input.value.slice(input.selectionStart ?? 0, input.selectionEnd ?? 0)).toBe(FIRST_VALUE);
    expect(byId("status")).not.toHaveTextContent(FIRST_VALUE);
  });

  test("n24_the value goes with the page", async () => {
    const { user, host } = await drawTokens();
    await make(user);
    host.navigate("overview");
    await waitFor(() => expect(view()).toBe("overview"));
    expectNoValue();
    host.navigate("devices");
    await findById("token-Deploy");
    expect(screen.queryByTestId("dialog")).toBeNull();
    expectNoValue();
  });

  test("n24_the value goes with the account", async () => {
    const { user, host } = await drawTokens();
    await make(user);
    host.emit(stateNamed("signed_out"));
    await waitFor(() => expect(view()).toBe("signed_out"));
    expectNoValue();
  });

  test("n24_a value that comes when the dialog is closed is not shown, and that is said", async () => {
    const { user, host } = await drawTokens();
    await ask(user);
    const release = host.hold("access_token_create");
    await prove(user);
    await waitFor(() => expect(screen.queryByTestId("step-up")).toBeNull());
    await user.click(byId("token-cancel"));
    await noDialog();
    release();
    expect(await findById("tokens-result")).toHaveTextContent(
      en.access_tokens_result_unseen({ name: "Deploy" }),
    );
    expect(byId("token-Deploy")).toBeVisible();
    expectNoValue();
  });

  test("b8_is repeated after the proof, which says what it is for and is good for one token", async () => {
    const { user, host } = await drawTokens();
    await ask(user);
    expect(byId("step-up")).toHaveTextContent("To create the token “Deploy”, confirm it's you.");
    await prove(user);
    await findById("token-value");
    const [first, second] = calls(host, "access_token_create").map(({ args }) => args);
    expect(second).toEqual(first);
    await user.click(byId("token-done"));
    await ask(user, "Another");
    expect(byId("step-up")).toHaveTextContent("“Another”");
  });

  test("b8_leaving the proof keeps what was typed", async () => {
    const { user } = await drawTokens();
    await ask(user);
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByTestId("step-up")).toBeNull());
    expect(byId("input-token-name")).toHaveValue("Deploy");
    expect(screen.queryByTestId("token-Deploy")).toBeNull();
  });

  test("offers lifetimes, 30 days unless another is chosen, and warns of none", async () => {
    const { user, host } = await drawTokens();
    await user.click(await findById("token-create"));
    await waitFor(() => expect(byId("input-token-name")).toHaveFocus());
    const select = byId("token-lifetime") as HTMLSelectElement;
    expect([...select.options].map(({ text }) => text)).toEqual([
      "7 days",
      "30 days",
      "90 days",
      "1 year",
      en.access_tokens_lifetime_none(),
    ]);
    expect(select.selectedOptions[0]?.text).toBe("30 days");
    expect(screen.queryByTestId("token-caution")).toBeNull();
    expect(await violations()).toEqual([]);
    await user.selectOptions(select, en.access_tokens_lifetime_none());
    expect(await findById("token-caution")).toHaveTextContent(en.access_tokens_lifetime_caution());
    await typeName(user, "Deploy");
    await user.click(byId("token-save"));
    await prove(user);
    await findById("token-value");
    expect(calls(host, "access_token_create").at(-1)?.args).toMatchObject({
      request: { name: "Deploy", lifetime_days: null },
    });
  });

  test("lifetimes are within the limit", () => {
    expect(Math.min(...LIFETIMES)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...LIFETIMES)).toBeLessThanOrEqual(LIMITS.access_token_days);
  });

  test.each(["", " \u200b\u3164 "])("a name of “%s” is none", async (typed) => {
    const { user, host } = await drawTokens();
    await user.click(await findById("token-create"));
    await fireEvent.input(await findById("input-token-name"), { target: { value: typed } });
    await user.click(byId("token-save"));
    expect(await findById("invalid")).toHaveTextContent(en.access_tokens_name_empty());
    await waitFor(() => expect(byId("input-token-name")).toHaveFocus());
    expect(calls(host, "access_token_create")).toHaveLength(0);
  });

  test("a name that exists is said at the field, and the list read again", async () => {
    const { user, host } = await drawTokens();
    await ask(user, "Build server");
    await prove(user);
    expect(await findById("invalid")).toHaveTextContent(en.access_tokens_name_taken());
    expect(byId("input-token-name")).toHaveAccessibleDescription(new RegExp(en.access_tokens_name_taken()));
    await waitFor(() => expect(byId("input-token-name")).toHaveFocus());
    expect(screen.queryByTestId("token-error")).toBeNull();
    expect(calls(host, "access_tokens_list")).toHaveLength(2);
  });

  test("refused keeps the dialog, with the reference for IT", async () => {
    const { user, host } = await drawTokens();
    await user.click(await findById("token-create"));
    await typeName(user, "Deploy");
    host.fail("access_token_create", refusal("upstream_failed"));
    await user.click(byId("token-save"));
    expect(await findById("token-error")).toHaveTextContent("req-5");
    expect(byId("input-token-name")).toHaveValue("Deploy");
  });
});

test.each(Object.keys(TOKENS))("n28_the tokens “%s” have no violation", async (name) => {
  await drawTokens(name);
  await findById("access-tokens");
  expect(await violations()).toEqual([]);
});
