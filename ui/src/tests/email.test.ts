/** A new e-mail address or phone number: typed, proven, and only then set. */
import { screen, waitFor } from "@testing-library/svelte";
import { describe, expect, test } from "vitest";
import { CODE } from "../lib/host/fake_step_up";
import { TAKEN } from "../lib/host/fake_security";
import { en } from "./messages";
import { byId, findById, NOW } from "./page";
import { accountOf, calls, drawSecurity, EVERY_WAY, prove, refusal, sendCode } from "./securing";

const NEW = "new@example.test";

describe("a new e-mail address", () => {
  test("b11_is the person's after a proof and the code that went there", async () => {
    const { user, host } = await drawSecurity();
    await user.click(byId("change-email"));
    const dialog = await findById("dialog");
    expect(dialog).toHaveAccessibleName(en.security_address_email_change());
    expect(dialog).toHaveAccessibleDescription("Current e-mail: alice@example.test");
    await waitFor(() => expect(byId("input-email")).toHaveFocus());
    await user.keyboard(`${NEW}{Enter}`);
    expect(await findById("step-up")).toHaveAccessibleDescription(
      /change your e-mail address to new@example\.test/,
    );
    await prove(user);
    await waitFor(() => expect(byId("input-code")).toHaveFocus());
    expect(byId("dialog")).toHaveAccessibleName(en.security_address_code_title());
    expect(byId("input-code")).toHaveAccessibleDescription(/n…w@example\.test.*10:00/);
    expect(accountOf(host).email).toMatchObject({ value: "alice@example.test" });
    await user.keyboard(CODE);
    await waitFor(() => expect(byId("security-result")).toHaveFocus());
    expect(screen.queryByTestId("dialog")).toBeNull();
    expect(byId("security-result")).toHaveTextContent("Your e-mail address is now new@example.test.");
    expect(byId("sign-in-from-now")).toHaveTextContent("From now on sign in with new@example.test.");
    expect(byId("value-email")).toHaveTextContent(NEW);
    expect(byId("status")).toHaveTextContent("From now on sign in with new@example.test.");
    expect(calls(host, "email_set").map(({ args }) => args)).toEqual(
      [1, 2].map(() => ({
        accountId: "alice00000001",
        request: { from: "alice@example.test", address: NEW },
      })),
    );
    expect(calls(host, "email_confirm").map(({ args }) => args)).toEqual([
      { accountId: "alice00000001", request: { transaction: "new-address-1", code: CODE } },
    ]);
  });

  test("does not say “from now on” where it is no way to sign in", async () => {
    const { user } = await drawSecurity({ sign_in_ways: [{ kind: "passkey" }] });
    await sendCode(user, "email", NEW);
    await user.keyboard(CODE);
    await findById("security-result");
    expect(screen.queryByTestId("sign-in-from-now")).toBeNull();
  });

  test("a first one is added", async () => {
    const { user, host } = await drawSecurity({ email: { access: "edit", value: null } });
    expect(byId("value-email")).toHaveTextContent(en.common_not_set());
    expect(byId("change-email")).toHaveAccessibleName("Add e-mail");
    expect(screen.queryByTestId("remove-email")).toBeNull();
    await sendCode(user, "email", NEW);
    await user.keyboard(CODE);
    await findById("security-result");
    expect(calls(host, "email_set")[0]?.args).toMatchObject({ request: { from: null, address: NEW } });
  });

  test.each([
    ["", "empty"],
    ["somebody", "form"],
    ["a b@example.test", "form"],
    ["alice@example.test", "same"],
    ["me@blocked.example", "refused"],
  ] as const)("%j is refused in plain words, and stays typed", async (typed, mistake) => {
    const { user, host } = await drawSecurity();
    await user.click(byId("change-email"));
    await waitFor(() => expect(byId("input-email")).toHaveFocus());
    await user.keyboard(`${typed}{Enter}`);
    expect(await findById("invalid")).toHaveTextContent(en[`security_address_email_${mistake}`]());
    await waitFor(() => expect(byId("input-email")).toHaveFocus());
    expect(byId("input-email")).toHaveValue(typed);
    expect(byId("input-email")).toHaveAttribute("aria-invalid", "true");
    expect(byId("input-email")).toHaveAccessibleDescription(
      new RegExp(en[`security_address_email_${mistake}`]().slice(0, 20)),
    );
    expect(calls(host, "email_set")).toHaveLength(mistake === "refused" ? 1 : 0);
  });

  test("that is taken is told after the proof and not before", async () => {
    const { user } = await drawSecurity();
    await sendCode(user, "email", TAKEN.email);
    const said = byId("dialog").textContent;
    await user.click(byId("address-back"));
    await user.clear(await findById("input-email"));
    await user.type(byId("input-email"), `token@example.test{Enter}`);
    await prove(user);
    await findById("input-code");
    // An address that no user has looks the same when masked, and is answered with the same text.
    expect(byId("dialog").textContent).toBe(said);
    await user.click(byId("address-back"));
    await user.clear(await findById("input-email"));
    await user.type(byId("input-email"), `${TAKEN.email}{Enter}`);
    await prove(user);
    await user.type(await findById("input-code"), CODE);
    expect(await findById("invalid")).toHaveTextContent(
      en.security_address_email_taken({ value: TAKEN.email }),
    );
    expect(byId("input-email")).toHaveValue(TAKEN.email);
    expect(byId("value-email")).toHaveTextContent("alice@example.test");
  });

  test("stays typed through Escape, and a proof that was left", async () => {
    const { user, host } = await drawSecurity();
    await user.click(byId("change-email"));
    await user.type(await findById("input-email"), `${NEW}{Enter}`);
    await findById("step-up");
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByTestId("step-up")).toBeNull());
    expect(byId("input-email")).toHaveValue(NEW);
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByTestId("dialog")).toBeNull());
    await waitFor(() => expect(byId("change-email")).toHaveFocus());
    await user.keyboard("{Enter}");
    expect(await findById("input-email")).toHaveValue(NEW);
    expect(calls(host, "email_confirm")).toHaveLength(0);
  });

  test("somebody else in the browser is named, and what was typed stays", async () => {
    const { user, host } = await drawSecurity();
    await user.click(byId("change-email"));
    await user.type(await findById("input-email"), `${NEW}{Enter}`);
    await user.click(await findById("step-up-method-browser"));
    await findById("step-up-waiting");
    host.stepUp.failBrowser({
      ...refusal("step_up_other_person"),
      detail: { kind: "other_person", name: "Mallory" },
    });
    expect(await findById("step-up-error")).toHaveTextContent("Mallory");
    await user.click(byId("step-up-cancel"));
    await waitFor(() => expect(screen.queryByTestId("step-up")).toBeNull());
    expect(byId("input-email")).toHaveValue(NEW);
  });
});

describe("the code to a new address", () => {
  test("wrong says how many tries are left; too many ask for another, after another proof", async () => {
    let now = NOW;
    const { user, host } = await drawSecurity({}, { now: () => now });
    await sendCode(user, "email", NEW);
    for (let time = 1; time <= 5; time++) {
      await user.keyboard(`00000${time}`);
      await waitFor(() =>
        expect(byId("address-error")).toHaveAttribute("data-code", time < 5 ? "code_wrong" : "code_expired"),
      );
      if (time === 1) expect(byId("address-error")).toHaveTextContent("4 tries are left.");
      await waitFor(() => expect(byId("input-code")).toHaveFocus());
    }
    expect(byId("address-confirm")).toBeDisabled();
    expect(byId("address-resend")).toBeDisabled();
    now += 61_000;
    await waitFor(() => expect(byId("address-resend")).toBeEnabled());
    await user.click(byId("address-resend"));
    await prove(user);
    await waitFor(() => expect(screen.queryByTestId("address-error")).toBeNull());
    await user.type(byId("input-code"), CODE);
    await findById("security-result");
    expect(calls(host, "email_confirm")).toHaveLength(6);
  });

  test("may be sent again without another proof while it is valid", async () => {
    let now = NOW;
    const { user, host } = await drawSecurity({}, { now: () => now });
    await sendCode(user, "email", NEW);
    now += 61_000;
    await waitFor(() => expect(byId("address-resend")).toBeEnabled());
    now += 400;
    await user.click(byId("address-resend"));
    await waitFor(() => expect(calls(host, "email_set")).toHaveLength(3));
    expect(screen.queryByTestId("step-up")).toBeNull();
    await waitFor(() => expect(byId("address-resend")).toHaveTextContent("Send again in"));
    expect(byId("address-resend")).toHaveTextContent("Send again in 1:00");
    expect(byId("code-left")).toHaveTextContent("8:59");
  });

  test("is good as long as the server says, whatever the computer's clock says", async () => {
    let [now, elapsed] = [NOW, 0];
    const { user } = await drawSecurity({}, { now: () => now, elapsed: () => elapsed });
    await sendCode(user, "email", NEW);
    for (const wrong of [2 * 3_600_000, -24 * 3_600_000]) {
      now = NOW + wrong;
      elapsed += 60_000;
      await waitFor(() => expect(byId("address-resend")).toBeEnabled(), { timeout: 3_000 });
      expect(screen.queryByTestId("code-over")).toBeNull();
      expect(byId("input-code")).not.toHaveAttribute("readonly");
    }
    elapsed = 600_000;
    expect(await screen.findByTestId("code-over", {}, { timeout: 3_000 })).toBeVisible();
  });

  test("may be pasted as it came, and is kept when the dialog is left", async () => {
    const { user, host } = await drawSecurity();
    await sendCode(user, "email", NEW);
    await user.keyboard("246{Escape}");
    await waitFor(() => expect(byId("change-email")).toHaveFocus());
    await user.keyboard("{Enter}");
    expect(await findById("input-code")).toHaveValue("246");
    await user.clear(byId("input-code"));
    await user.paste(`Your code is ${CODE}.`);
    await findById("security-result");
    expect(calls(host, "email_set")).toHaveLength(2);
  });

  test("limits are said with their time", async () => {
    const { user } = await drawSecurity(
      {},
      {
        prepare: (host) =>
          host.fail("email_set", refusal("rate_limited", { kind: "retry_after", seconds: 600 })),
      },
    );
    await user.click(byId("change-email"));
    await user.type(await findById("input-email"), `${NEW}{Enter}`);
    expect(await findById("address-error")).toHaveTextContent("Try again in 10 minutes.");
    expect(byId("input-email")).toHaveValue(NEW);
  });

  test.each(["offline", "upstream_unavailable", "store_unavailable"] as const)(
    "%s keeps what was typed",
    async (code) => {
      const { user } = await drawSecurity({}, { prepare: (host) => host.fail("email_set", refusal(code)) });
      await user.click(byId("change-email"));
      await user.type(await findById("input-email"), `${NEW}{Enter}`);
      expect(await findById("address-error")).toHaveTextContent(en[`errors_${code}_title`]());
      await user.keyboard("{Enter}");
      await prove(user);
      expect(await findById("input-code")).toBeVisible();
    },
  );

  test("an address that changed meanwhile is shown, and can be changed all the same", async () => {
    const { user, host } = await drawSecurity();
    await user.click(byId("change-email"));
    const present = { ...accountOf(host), email: { access: "edit" as const, value: "else@example.test" } };
    host.fail("email_set", refusal("conflict", { kind: "conflict", fields: ["email"], present }));
    await user.type(await findById("input-email"), `${NEW}{Enter}`);
    expect(await findById("invalid")).toHaveTextContent(en.security_address_email_conflict());
    expect(byId("dialog")).toHaveAccessibleDescription("Current e-mail: else@example.test");
    expect(byId("input-email")).toHaveValue(NEW);
    host.state = { ...host.state, account: present } as typeof host.state;
    await user.click(byId("address-send"));
    await prove(user);
    await findById("input-code");
    expect(calls(host, "email_set").at(-1)?.args).toMatchObject({ request: { from: "else@example.test" } });
  });
});

describe("a new phone number", () => {
  test("goes as it was typed, and is shown as the server writes it", async () => {
    const { user, host } = await drawSecurity({ sign_in_ways: EVERY_WAY });
    await sendCode(user, "phone", "+43 (0)664 1234567");
    await user.keyboard(CODE);
    expect(await findById("security-result")).toHaveTextContent("Your phone number is now +436641234567.");
    expect(byId("sign-in-from-now")).toHaveTextContent("+436641234567");
    expect(calls(host, "phone_set")[0]?.args).toMatchObject({
      request: { from: "15550000001", number: "+43 (0)664 1234567" },
    });
  });

  test.each([
    ["0664 1234567", "form"],
    ["+1 555 000 0001", "same"],
    ["\u202a＋1 (555) 000\u20110001\u202c", "same"],
    ["+12", "refused"],
  ] as const)("%s is refused in plain words", async (typed, mistake) => {
    const { user } = await drawSecurity();
    await user.click(byId("change-phone"));
    await user.type(await findById("input-phone"), `${typed}{Enter}`);
    expect(await findById("invalid")).toHaveTextContent(en[`security_address_phone_${mistake}`]());
  });
});

describe("afterwards", () => {
  const changed = async (prepare: Parameters<typeof drawSecurity>[1] = {}) => {
    const drawn = await drawSecurity({}, prepare);
    await sendCode(drawn.user, "email", NEW);
    await drawn.user.keyboard(CODE);
    await findById("security-result");
    return drawn;
  };

  test("b16_everything else can be ended, as on Devices & apps", async () => {
    const { user, host } = await changed();
    await user.click(byId("everywhere-else"));
    expect(await findById("dialog")).toHaveAccessibleName(en.devices_end_others());
    await user.click(byId("end-confirm"));
    await prove(user);
    expect(await findById("sessions-result")).toHaveTextContent(
      "Ended: 2 sessions and the access of 3 apps.",
    );
    await waitFor(() => expect(byId("sessions-result")).toHaveFocus());
    expect(host.sessions.view.sessions).toHaveLength(1);
  });

  test("which sign-in is this device not being known, the page that lists them is offered", async () => {
    const { user } = await changed({
      prepare: (host) => (host.sessions.view = { ...host.sessions.view, current: { kind: "unknown" } }),
    });
    await user.click(byId("everywhere-else"));
    expect(await screen.findByText(en.security_elsewhere_unknown())).toBeVisible();
    await user.click(byId("open-devices"));
    expect(await findById("session-office")).toBeVisible();
  });

  test("a list that cannot be read says why", async () => {
    const { user, host } = await changed();
    host.fail("sessions_list", refusal("offline"));
    await user.click(byId("everywhere-else"));
    expect(await findById("notice")).toHaveAttribute("data-code", "offline");
  });
});
