/** Profile: what may be done with a field, and how an edit begins, goes wrong, and ends. */
import { screen, waitFor, within } from "@testing-library/svelte";
import { describe, expect, test, vi } from "vitest";

import type { AccountView, Field, ReadOnlyReason } from "../lib/contract";
import { fakeAccount, fakeProfile, signedIn } from "../lib/host/fake_states";
import { en } from "./messages";
import { byId, drawPage, drawSignedIn, findById, NOW } from "./page";

const drawProfile = async (account: AccountView = fakeAccount(NOW)) => {
  const drawn = await drawPage(signedIn(NOW, { account }), { page: "profile" });
  await screen.findByRole("heading", { level: 1, name: en.views_profile() });
  return drawn;
};

const changed = (value: string | null): AccountView => ({
  ...fakeAccount(NOW),
  name: { access: "edit", value },
});
const conflictWith = (value: string | null) => ({
  code: "conflict" as const,
  message: "m",
  detail: { kind: "conflict" as const, fields: ["name"], present: changed(value) },
});

describe("field policy", () => {
  const REASONS: ReadOnlyReason[] = ["organisation", "server", "scope", "unsupported"];

  test("an editable field has its one verb", async () => {
    await drawProfile();
    expect(byId("edit-name")).toHaveAccessibleName("Change name");
    expect(byId("edit-middle_name")).toHaveAccessibleName("Add middle name");
  });

  test.each(REASONS)("a read-only field says why and whom to ask: %s", async (reason) => {
    const name: Field<string> = { access: "read_only", value: "Alice Example", reason };
    await drawProfile({ ...fakeAccount(NOW), name });
    expect(byId("value-name")).toHaveTextContent("Alice Example");
    expect(screen.queryByTestId("edit-name")).toBeNull();
    expect(screen.getByText(en[`profile_reasons_${reason}_text`]())).toBeVisible();
    expect(en[`profile_reasons_${reason}_text`]()).toMatch(/Ask IT/);
  });

  test("a switched-off field is not drawn at all", async () => {
    await drawProfile({
      ...fakeAccount(NOW),
      name: { access: "off" },
      email: { access: "off" },
      profile: { access: "off" },
    });
    for (const id of [
      "value-name",
      "edit-name",
      "value-email",
      "value-given_name",
      "edit-birthdate",
      "value-address",
    ]) {
      expect(screen.queryByTestId(id)).toBeNull();
    }
    expect(screen.queryByText(en.profile_cards_names())).toBeNull();
  });

  test("a read-only profile says its reason once a card and hides what is not set", async () => {
    await drawProfile({
      ...fakeAccount(NOW),
      profile: { access: "read_only", value: { ...fakeProfile(), nickname: null }, reason: "organisation" },
    });
    expect(byId("value-given_name")).toHaveTextContent("Alice");
    expect(screen.queryByTestId("value-nickname")).toBeNull();
    expect(screen.queryByTestId("edit-given_name")).toBeNull();
    expect(screen.getAllByText(en.profile_reasons_organisation_text())).toHaveLength(3);
  });

  test("ways to sign in are not promised to be editable here", async () => {
    await drawProfile();
    for (const key of ["username", "email", "phone"]) {
      expect(screen.queryByTestId(`value-${key}`)).toBeNull();
      expect(screen.queryByTestId(`edit-${key}`)).toBeNull();
    }
  });
});

describe("an edit", () => {
  test("by keyboard alone: opened, typed, saved, said, and the focus is back", async () => {
    const { user, host } = await drawProfile();
    byId("edit-name").focus();
    await user.keyboard("{Enter}");
    const input = await findById("input-name");
    await waitFor(() => expect(input).toHaveFocus());
    await user.clear(input);
    await user.keyboard("Alice B. Example{Enter}");
    await waitFor(() => expect(byId("status")).toHaveTextContent("Name saved."));
    expect(screen.queryByTestId("dialog")).toBeNull();
    expect(byId("value-name")).toHaveTextContent("Alice B. Example");
    await waitFor(() => expect(byId("edit-name")).toHaveFocus());
    expect(host.calls.find((call) => call.command === "account_update")?.args).toEqual({
      accountId: "alice00000001",
      request: { name: { from: "Alice Example", to: "Alice B. Example" } },
    });
  });

  test("shows success only after the server's answer", async () => {
    const { user, host } = await drawProfile();
    const release = host.hold("account_update");
    await user.click(byId("edit-name"));
    await user.type(await findById("input-name"), "!");
    await user.click(byId("save-name"));
    expect(byId("save-name")).toBeDisabled();
    expect(byId("value-name")).toHaveTextContent(/^Alice Example$/);
    expect(screen.queryByText(en.common_saved())).toBeNull();
    release();
    expect(await screen.findByText(en.common_saved())).toBeVisible();
    expect(byId("value-name")).toHaveTextContent("Alice Example!");
  });

  test("names its outcome", async () => {
    const { user } = await drawProfile();
    await user.click(byId("edit-website"));
    expect(await findById("save-website")).toHaveTextContent("Save website");
    await user.clear(byId("input-website"));
    expect(byId("save-website")).toHaveTextContent("Remove website");
  });

  test("loses nothing on Escape, until it is discarded", async () => {
    const { user, host } = await drawProfile();
    await user.click(byId("edit-name"));
    await user.type(await findById("input-name"), " the Second");
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByTestId("dialog")).toBeNull());
    expect(screen.getByText(en.profile_unsaved())).toBeVisible();
    expect(byId("edit-name")).toHaveAccessibleName("Continue changing name");
    await user.click(byId("nav-overview"));
    await user.click(byId("nav-profile"));
    await user.click(await findById("edit-name"));
    expect(await findById("input-name")).toHaveValue("Alice Example the Second");
    await user.click(byId("discard"));
    await waitFor(() => expect(screen.queryByText(en.profile_unsaved())).toBeNull());
    await user.click(byId("edit-name"));
    expect(await findById("input-name")).toHaveValue("Alice Example");
    expect(host.calls.some((call) => call.command === "account_update")).toBe(false);
  });

  test("that changes nothing sends nothing", async () => {
    const { user, host } = await drawProfile();
    await user.click(byId("edit-name"));
    await user.click(await findById("save-name"));
    await waitFor(() => expect(screen.queryByTestId("dialog")).toBeNull());
    expect(host.calls.some((call) => call.command === "account_update")).toBe(false);
  });

  test("says what is wrong beside the input and sends nothing", async () => {
    const { user, host } = await drawProfile();
    await user.click(byId("edit-website"));
    const input = await findById("input-website");
    await user.clear(input);
    await user.type(input, "javascript:alert(1)");
    await user.click(byId("save-website"));
    expect(input).toHaveAttribute("aria-invalid", "true");
    expect(input).toHaveAccessibleDescription(expect.stringContaining(en.profile_invalid_url()));
    expect(host.calls.some((call) => call.command === "profile_update")).toBe(false);
  });

  test("refused by the server keeps what was typed and shows the reference for IT", async () => {
    const { user, host } = await drawProfile();
    host.fail("account_update", {
      code: "upstream_unavailable",
      message: "m",
      request_id: "req-7",
      detail: { kind: "retry_after", seconds: 3 },
    });
    await user.click(byId("edit-name"));
    await user.type(await findById("input-name"), "!");
    await user.click(byId("save-name"));
    const notice = await findById("notice");
    expect(notice).toHaveTextContent(en.errors_upstream_unavailable_title());
    expect(notice).toHaveTextContent("Try again in 3 seconds.");
    expect(notice).toHaveTextContent("req-7");
    expect(byId("input-name")).toHaveValue("Alice Example!");
    await user.click(byId("save-name"));
    await waitFor(() => expect(byId("status")).toHaveTextContent("Name saved."));
  });

  test("a whole address goes in one request", async () => {
    const { user, host } = await drawProfile();
    await user.click(byId("edit-address"));
    const city = await findById("input-address-locality");
    await user.clear(city);
    await user.type(city, "Graz");
    await user.click(byId("save-address"));
    await waitFor(() => expect(byId("value-address")).toHaveTextContent("1010 Graz"));
    const sent = host.calls.find((call) => call.command === "profile_update")?.args;
    expect(sent).toMatchObject({
      request: { address: { from: { locality: "Vienna" }, to: { locality: "Graz", country: "Austria" } } },
    });
  });

  test("a year alone is a birthday", async () => {
    const { user, host } = await drawProfile();
    await user.click(byId("edit-birthdate"));
    await user.clear(await findById("input-birthdate-day"));
    await user.selectOptions(byId("input-birthdate-month"), "");
    await user.click(byId("save-birthdate"));
    await waitFor(() => expect(byId("value-birthdate")).toHaveTextContent(/^1990$/));
    expect(host.calls.find((call) => call.command === "profile_update")?.args).toMatchObject({
      request: { birthdate: { from: "1990-04-17", to: "1990" } },
    });
  });

  test("time zones and languages are offered", async () => {
    const { user } = await drawProfile();
    await user.click(byId("edit-zoneinfo"));
    const input = await findById("input-zoneinfo");
    const list = document.getElementById(input.getAttribute("list") ?? "");
    expect(list?.querySelector('option[value="Europe/Vienna"]')).not.toBeNull();
    await user.click(byId("discard"));
    await user.click(byId("edit-locale"));
    const other = await findById("input-locale");
    const tags = document.getElementById(other.getAttribute("list") ?? "");
    expect(tags?.querySelector('option[value="de-AT"]')).toHaveTextContent("Austrian German");
  });

  test("a picture is previewed, or said to be out of reach", async () => {
    const { user } = await drawProfile();
    await user.click(byId("edit-avatar"));
    const input = await findById("input-avatar");
    await user.type(input, "https://example.test/a.png");
    expect(await findById("preview")).toHaveAttribute("src", expect.stringMatching(/^data:image\/png/));
    await user.clear(input);
    await user.type(input, "https://example.test/missing.png");
    expect(await screen.findByText(en.profile_preview_failed())).toBeVisible();
  });

  test("waits in three steps and then offers a way out", async () => {
    const { user, host } = await drawProfile();
    await user.click(byId("edit-name"));
    await user.type(await findById("input-name"), "!");
    const release = host.hold("account_update");
    vi.useFakeTimers();
    byId("save-name").click();
    await vi.advanceTimersByTimeAsync(1_900);
    expect(screen.queryByText(en.common_still_waiting())).toBeNull();
    await vi.advanceTimersByTimeAsync(200);
    expect(screen.getByText(en.common_still_waiting())).toBeVisible();
    await vi.advanceTimersByTimeAsync(8_000);
    expect(screen.getByText(en.common_takes_long())).toBeVisible();
    byId("close").click();
    await vi.advanceTimersByTimeAsync(100);
    vi.useRealTimers();
    await waitFor(() => expect(screen.queryByTestId("dialog")).toBeNull());
    release();
    await waitFor(() => expect(byId("status")).toHaveTextContent("Name saved."));
  });
});

describe("a change made elsewhere meanwhile", () => {
  const begin = async () => {
    const drawn = await drawProfile();
    await drawn.user.click(byId("edit-name"));
    const input = await findById("input-name");
    await drawn.user.clear(input);
    await drawn.user.type(input, "Mine");
    drawn.host.fail("account_update", conflictWith("Theirs"));
    await drawn.user.click(byId("save-name"));
    const panel = await findById("conflict");
    expect(panel).toHaveTextContent(en.profile_conflict_title());
    expect(within(panel).getByTestId("value-name")).toHaveTextContent("Theirs");
    expect(byId("input-name")).toHaveValue("Mine");
    return drawn;
  };

  test("is kept out by keeping mine: the second request starts from the present value", async () => {
    const { user, host } = await begin();
    if (host.state.kind === "signed_in") host.state = { ...host.state, account: changed("Theirs") };
    await user.click(byId("keep-mine"));
    await waitFor(() => expect(byId("status")).toHaveTextContent("Name saved."));
    const sent = host.calls.filter((call) => call.command === "account_update").map((call) => call.args);
    expect(sent).toMatchObject([
      { request: { name: { from: "Alice Example", to: "Mine" } } },
      { request: { name: { from: "Theirs", to: "Mine" } } },
    ]);
  });

  test("is taken: nothing is sent, and the row shows it", async () => {
    const { user, host } = await begin();
    await user.click(byId("take-theirs"));
    await waitFor(() => expect(screen.queryByTestId("dialog")).toBeNull());
    expect(byId("value-name")).toHaveTextContent("Theirs");
    expect(host.calls.filter((call) => call.command === "account_update")).toHaveLength(1);
  });

  test("can happen twice", async () => {
    const { user, host } = await begin();
    host.fail("account_update", conflictWith("Theirs again"));
    await user.click(byId("keep-mine"));
    await waitFor(() => expect(byId("conflict")).toHaveTextContent("Theirs again"));
  });

  test("a removal is a value too", async () => {
    const { user, host } = await drawProfile();
    await user.click(byId("edit-name"));
    await user.type(await findById("input-name"), "!");
    host.fail("account_update", conflictWith(null));
    await user.click(byId("save-name"));
    expect(await findById("conflict")).toHaveTextContent(en.common_not_set());
  });
});

test("n25_an answer for another account is dropped", async () => {
  const { user, host } = await drawProfile();
  await user.click(byId("edit-name"));
  await user.type(await findById("input-name"), "!");
  host.next.account_update = [() => ({ ...changed("Mallory"), user_id: "mallory00003" })];
  await user.click(byId("save-name"));
  await waitFor(() => expect(screen.queryByTestId("dialog")).toBeNull());
  expect(document.body).not.toHaveTextContent("Mallory");
});

test("Overview's verb opens the dialog in Profile", async () => {
  const { user } = await drawSignedIn();
  await user.click(byId("change-name"));
  expect(await findById("input-name")).toHaveValue("Alice Example");
});
