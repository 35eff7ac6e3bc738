/** Security: every way to sign in, what is shown by permission, the user name, and removing. */
import { screen, waitFor } from "@testing-library/svelte";
import { describe, expect, test } from "vitest";
import { CODE } from "../lib/host/fake_step_up";
import { TAKEN } from "../lib/host/fake_security";
import { en } from "./messages";
import { byId, drawPage, everyText, findById, stateNamed, view } from "./page";
import { accountOf, calls, drawSecurity, EVERY_WAY, prove, refusal } from "./securing";

describe("the page", () => {
  test("is opened from the list, after Profile", async () => {
    const { user } = await drawPage(stateNamed("signed_in"));
    const names = [...document.querySelectorAll("nav .entry")].map((entry) => entry.textContent?.trim());
    expect(names).toEqual([
      "Overview",
      "Profile",
      "Security",
      "Linked accounts",
      "Devices & apps",
      "App settings",
    ]);
    await user.click(byId("nav-security"));
    await waitFor(() => expect(view()).toBe("security"));
    expect(await findById("value-email")).toHaveTextContent("alice@example.test");
    expect(document.title).toBe("Security – Latchkey");
  });

  test("is opened by a link", async () => {
    const { host } = await drawPage(stateNamed("signed_in"));
    host.navigate("security");
    expect(await findById("sign-in-ways")).toBeVisible();
  });

  test("says every way to sign in in plain words", async () => {
    await drawSecurity({ sign_in_ways: EVERY_WAY });
    expect([...byId("sign-in-ways").querySelectorAll("bdi")].map((way) => way.textContent)).toEqual([
      "Password, with username, e-mail or phone number",
      "Code by e-mail",
      "Code by text message",
      "GitHub account",
      "Work account at Example Corp",
      "Passkey",
      "Another method",
    ]);
  });

  test("draws nothing for what is switched off", async () => {
    await drawSecurity({
      username: { access: "off" },
      email: { access: "off" },
      phone: { access: "off" },
      password: { access: "off" },
      sign_in_ways: [],
    });
    expect(document.querySelectorAll("main .row")).toHaveLength(0);
    expect(byId("not-offered")).toBeVisible();
  });

  test("says why what is read-only cannot be changed, and draws no empty row for it", async () => {
    await drawSecurity({
      username: { access: "read_only", value: "alice", reason: "scope" },
      email: { access: "read_only", value: "alice@example.test", reason: "organisation" },
      phone: { access: "read_only", value: null, reason: "server" },
      password: { access: "read_only", value: true, reason: "server" },
    });
    const texts = everyText();
    expect(texts).toContain(en.security_scope());
    expect(texts).toContain(en.profile_reasons_organisation_text());
    expect(texts).toContain(en.profile_reasons_server_text());
    expect(screen.queryByTestId("value-phone")).toBeNull();
    expect(document.querySelectorAll("main .row button")).toHaveLength(0);
  });

  test("names its verbs with what they are for", async () => {
    await drawSecurity({
      phone: { access: "edit", value: null },
      password: { access: "edit", value: false },
    });
    expect(byId("change-email")).toHaveAccessibleName("Change e-mail");
    expect(byId("remove-email")).toHaveAccessibleName("Remove e-mail");
    expect(byId("change-phone")).toHaveAccessibleName("Add phone");
    expect(screen.queryByTestId("remove-password")).toBeNull();
    expect(byId("value-password")).toHaveTextContent(en.common_not_set());
  });
});

describe("the user name", () => {
  test("is changed after a proof", async () => {
    const { user, host } = await drawSecurity();
    await user.click(byId("change-username"));
    const input = await findById("input-username");
    await waitFor(() => expect(input).toHaveFocus());
    expect(input).toHaveValue("alice");
    expect(input).toHaveAttribute("autocomplete", "username");
    await user.keyboard("alice_2{Enter}");
    await prove(user);
    expect(await findById("security-result")).toHaveTextContent("Your username is now alice_2.");
    expect(byId("sign-in-from-now")).toHaveTextContent("From now on sign in with alice_2.");
    expect(screen.queryByTestId("everywhere-else")).toBeNull();
    expect(calls(host, "username_update").at(-1)?.args).toEqual({
      accountId: "alice00000001",
      request: { username: { from: "alice", to: "alice_2" } },
    });
  });

  test.each([
    ["2alice", "form", 0],
    ["al", "refused", 1],
    ["{Backspace}", "empty", 0],
  ] as const)("%s is refused in plain words", async (typed, mistake, asked) => {
    const { user, host } = await drawSecurity();
    await user.click(byId("change-username"));
    await waitFor(() => expect(byId("input-username")).toHaveFocus());
    await user.keyboard(`${typed}{Enter}`);
    expect(await findById("invalid")).toHaveTextContent(en[`security_username_${mistake}`]());
    expect(calls(host, "username_update")).toHaveLength(asked);
  });

  test("that is taken is told, and stays typed; another one needs no second proof", async () => {
    const { user } = await drawSecurity();
    await user.click(byId("change-username"));
    await waitFor(() => expect(byId("input-username")).toHaveFocus());
    await user.keyboard(`${TAKEN.username}{Enter}`);
    await prove(user);
    expect(await findById("invalid")).toHaveTextContent(en.security_username_taken());
    await waitFor(() => expect(byId("input-username")).toHaveFocus());
    expect(byId("input-username")).toHaveValue(TAKEN.username);
    await user.keyboard("_2{Enter}");
    expect(await findById("security-result")).toHaveTextContent("taken_2");
  });

  test("tried too often says how long to wait", async () => {
    const { user } = await drawSecurity(
      {},
      {
        prepare: (host) =>
          host.fail("username_update", refusal("rate_limited", { kind: "retry_after", seconds: 3_600 })),
      },
    );
    await user.click(byId("change-username"));
    await waitFor(() => expect(byId("input-username")).toHaveFocus());
    await user.keyboard("alice_2{Enter}");
    expect(await findById("username-error")).toHaveTextContent("Try again in 60 minutes.");
  });
});

describe("removing", () => {
  test("says what it is used for, and what is left", async () => {
    const { user, host } = await drawSecurity({ sign_in_ways: EVERY_WAY });
    await user.click(byId("remove-email"));
    expect(await findById("dialog")).toHaveAccessibleName("Remove the e-mail address alice@example.test?");
    expect(byId("removal-loses")).toHaveTextContent("Code by e-mail");
    expect(byId("removal-loses")).toHaveTextContent("Password, with e-mail");
    expect(byId("removal-left")).toHaveTextContent("Password, with username or phone number");
    await waitFor(() => expect(byId("removal-cancel")).toHaveFocus());
    expect(document.querySelectorAll("button.danger")).toHaveLength(1);
    await user.click(byId("removal-confirm"));
    expect(await findById("step-up")).toHaveAccessibleDescription(
      /remove the e-mail address alice@example\.test/,
    );
    await prove(user);
    expect(await findById("security-result")).toHaveTextContent(en.security_done_removed_email());
    await waitFor(() => expect(byId("security-result")).toHaveFocus());
    expect(byId("value-email")).toHaveTextContent(en.common_not_set());
    expect(calls(host, "email_remove").at(-1)?.args).toMatchObject({
      request: { from: "alice@example.test" },
    });
  });

  test("warns when only one way is left, and says when it is no way at all", async () => {
    const { user } = await drawSecurity();
    await user.click(byId("remove-email"));
    expect(await findById("removal-left")).toHaveTextContent(en.security_removal_left({ count: 1 }));
    await user.keyboard("{Escape}");
    await waitFor(() => expect(byId("remove-email")).toHaveFocus());
    await user.click(byId("remove-phone"));
    expect(await findById("removal-unused")).toHaveTextContent(en.security_removal_unused());
    expect(byId("dialog")).toHaveAccessibleName("Remove the phone number +1 555-000-0001?");
  });

  test("a phone number and a user name, each with its own command", async () => {
    const { user, host } = await drawSecurity();
    await user.click(byId("remove-phone"));
    await user.click(await findById("removal-confirm"));
    await prove(user);
    expect(await findById("security-result")).toHaveTextContent(en.security_done_removed_phone());
    await user.click(byId("remove-username"));
    await user.click(await findById("removal-confirm"));
    await prove(user);
    await waitFor(() =>
      expect(byId("security-result")).toHaveTextContent(en.security_done_removed_username()),
    );
    expect(calls(host, "phone_remove").at(-1)?.args).toMatchObject({ request: { from: "15550000001" } });
    expect(calls(host, "username_update").at(-1)?.args).toMatchObject({
      request: { username: { from: "alice", to: null } },
    });
    expect(accountOf(host).sign_in_ways).toEqual([{ kind: "password", with: ["email"] }]);
  });

  const lastWay = async (steps?: Parameters<typeof drawPage>[1]) => {
    const drawn = await drawPage(stateNamed("last_way"), { page: "security", ...steps });
    await drawn.user.click(await findById("remove-email"));
    await drawn.user.click(await findById("removal-confirm"));
    await findById("last-way");
    return drawn;
  };

  test("b17_the last way is refused with what to do first", async () => {
    const { user, host } = await lastWay({
      prepare: (made) => (made.security.nextSteps = ["add_phone", "set_username", "ask_organisation"]),
    });
    expect(byId("last-way")).toHaveTextContent(en.security_last_way_title());
    expect(byId("last-way")).toHaveTextContent(en.security_last_way_ask_organisation());
    expect(screen.queryByTestId("removal-confirm")).toBeNull();
    expect(screen.queryByTestId("step-up")).toBeNull();
    expect(accountOf(host).email).toMatchObject({ value: "alice@example.test" });
    await user.click(byId("next-add_phone"));
    expect(await findById("input-phone")).toBeVisible();
    await waitFor(() => expect(byId("input-phone")).toHaveFocus());
    expect(screen.getAllByRole("dialog")).toHaveLength(1);
    await user.keyboard("+43 664 1234567{Enter}");
    await prove(user);
    await user.type(await findById("input-code"), CODE);
    await findById("security-result");
  });

  test.each([
    ["set_username", "input-username"],
    ["add_phone", "input-phone"],
  ] as const)("b17_the next step %s opens its dialog", async (step, input) => {
    const { user } = await lastWay({ prepare: (made) => (made.security.nextSteps = [step]) });
    await user.click(byId(`next-${step}`));
    expect(await findById(input)).toBeVisible();
  });

  test("b17_asking the organisation alone has no button", async () => {
    await lastWay({ prepare: (made) => (made.security.nextSteps = ["ask_organisation"]) });
    expect(byId("last-way").querySelectorAll("button")).toHaveLength(0);
    expect(byId("last-way")).toHaveTextContent(en.security_last_way_only());
  });

  test("what changed meanwhile is not removed unseen", async () => {
    const { user, host } = await drawSecurity();
    const present = { ...accountOf(host), email: { access: "edit" as const, value: "else@example.test" } };
    host.fail("email_remove", refusal("conflict", { kind: "conflict", fields: ["email"], present }));
    await user.click(byId("remove-email"));
    await user.click(await findById("removal-confirm"));
    expect(await findById("removal-error")).toHaveTextContent(en.security_removal_conflict());
    expect(screen.queryByTestId("removal-confirm")).toBeNull();
    await user.click(byId("removal-cancel"));
    expect(byId("value-email")).toHaveTextContent("else@example.test");
  });
});
