/** The password: ticked off while it is typed, set or changed after a proof, and stored nowhere. */
import { screen, waitFor } from "@testing-library/svelte";
import { describe, expect, test } from "vitest";
import type { AccountView, PasswordIssue } from "../lib/contract";
import type { FakeHost } from "../lib/host/fake";
import { PASSWORD } from "../lib/host/fake_step_up";
import { de, en } from "./messages";
import { byId, everyText, findById, type Options } from "./page";
import { accountOf, calls, drawSecurity, prove, refusal } from "./securing";

const NEW = "Tulip-Harbour-92";
const FIRST: Partial<AccountView> = {
  password: { access: "edit", value: false },
  sign_in_ways: [{ kind: "email_code" }],
};

async function openDialog(change: Partial<AccountView> = {}, options: Options = {}) {
  const drawn = await drawSecurity(change, options);
  await drawn.user.click(byId("change-password"));
  await waitFor(() => expect(byId("input-new-password")).toHaveFocus());
  return drawn;
}

const prepared = (prepare: (host: FakeHost) => void): Options => ({ prepare });
const mark = (name: string) => byId(`rule-${name}`).dataset.mark;
const rejected = (...issues: PasswordIssue[]) =>
  refusal("password_rejected", { kind: "password_issues", issues });

describe("a new password", () => {
  test("b15_is set after a proof, and everything else may then be signed out", async () => {
    const { user, host } = await openDialog();
    expect(byId("dialog")).toHaveAccessibleName(en.security_password_change());
    await user.keyboard(`${NEW}{Enter}`);
    await prove(user);
    await waitFor(() => expect(byId("security-result")).toHaveFocus());
    expect(screen.queryByTestId("dialog")).toBeNull();
    expect(byId("security-result")).toHaveTextContent(en.security_done_password());
    expect(byId("status")).toHaveTextContent(en.security_done_password());
    expect(host.security.present).toBe(NEW);
    expect(calls(host, "password_update").map(({ args }) => args)).toEqual(
      [1, 2].map(() => ({ accountId: "alice00000001", request: { password: NEW } })),
    );
    await user.click(byId("everywhere-else"));
    expect(await findById("dialog")).toHaveAccessibleName(en.devices_end_others());
    expect(everyText().join("\n")).not.toContain(NEW);
  });

  test("a first one is set, and is a way to sign in from then on", async () => {
    const { user, host } = await drawSecurity(FIRST);
    expect(byId("value-password")).toHaveTextContent(en.common_not_set());
    expect(byId("change-password")).toHaveTextContent("Set");
    expect(byId("change-password")).toHaveAccessibleName("Set a password");
    await user.click(byId("change-password"));
    expect(await findById("dialog")).toHaveAccessibleName(en.security_password_first());
    await waitFor(() => expect(byId("input-new-password")).toHaveFocus());
    expect(screen.queryByTestId("rule-same")).toBeNull();
    await user.keyboard(`${NEW}{Enter}`);
    await prove(user);
    expect(await findById("security-result")).toHaveTextContent(en.security_done_first_password());
    expect(byId("value-password")).toHaveTextContent(en.security_password_set());
    expect(byId("sign-in-ways")).toHaveTextContent("Password, with");
    expect(accountOf(host).password).toEqual({ access: "edit", value: true });
  });

  test("b15_spaces are part of it, also at its ends", async () => {
    const { user, host } = await openDialog();
    await findById("rule-characters");
    await user.keyboard("  Blue Kettle 71 {Enter}");
    await prove(user);
    await findById("security-result");
    expect(host.security.present).toBe("  Blue Kettle 71 ");
  });

  test("is welcome from a password program, and by pasting", async () => {
    const { user, host } = await openDialog();
    expect(byId("input-new-password")).toHaveAttribute("autocomplete", "new-password");
    expect(byId("input-new-password")).toHaveAttribute("type", "password");
    expect(byId("password-username")).toHaveAttribute("autocomplete", "username");
    expect(byId("password-username")).toHaveValue("alice");
    await user.paste(NEW);
    await user.keyboard("{Enter}");
    await prove(user);
    await findById("security-result");
    expect(host.security.present).toBe(NEW);
  });

  test("is not cut when it is too long, but told", async () => {
    const { user, host } = await openDialog();
    await user.paste("T7-h".repeat(100));
    expect(byId("input-new-password")).toHaveValue("T7-h".repeat(100));
    expect(mark("length")).toBe("broken");
    await user.keyboard("{Enter}");
    expect(await findById("invalid")).toHaveTextContent(en.security_password_broken());
    expect(calls(host, "password_update")).toHaveLength(0);
  });

  test("n24_what is typed stays while it is proven who is asking, and is gone when the dialog is left", async () => {
    const { user } = await openDialog();
    await user.keyboard(`${NEW}{Enter}`);
    await findById("step-up");
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByTestId("step-up")).toBeNull());
    expect(byId("input-new-password")).toHaveValue(NEW);
    await user.keyboard("{Escape}");
    await waitFor(() => expect(byId("change-password")).toHaveFocus());
    expect(everyText().join("\n")).not.toContain(NEW);
    await user.keyboard("{Enter}");
    expect(await findById("input-new-password")).toHaveValue("");
    expect(screen.queryByTestId("invalid")).toBeNull();
  });

  test("n24_what is typed or generated is gone when the page is left", async () => {
    const { user, app } = await openDialog();
    await user.keyboard(NEW);
    await user.click(byId("password-generate"));
    const generated = (byId("input-new-password") as HTMLInputElement).value;
    expect(generated).not.toBe(NEW);
    app.go("profile");
    await waitFor(() => expect(screen.queryByTestId("dialog")).toBeNull());
    for (const secret of [NEW, generated]) expect(document.body.innerHTML).not.toContain(secret);
    app.go("security");
    await user.click(await findById("change-password"));
    expect(await findById("input-new-password")).toHaveValue("");
  });

  test("somebody else in the browser is named, and what was typed stays", async () => {
    const { user, host } = await openDialog();
    await user.keyboard(`${NEW}{Enter}`);
    await user.click(await findById("step-up-method-browser"));
    await findById("step-up-waiting");
    host.stepUp.failBrowser(refusal("step_up_other_person", { kind: "other_person", name: "Mallory" }));
    expect(await findById("step-up-error")).toHaveTextContent("Mallory");
    await user.click(byId("step-up-cancel"));
    await waitFor(() => expect(screen.queryByTestId("step-up")).toBeNull());
    expect(byId("input-new-password")).toHaveValue(NEW);
    expect(host.security.present).toBe(PASSWORD);
  });
});

describe("the rules", () => {
  test("b15_are the tenant's, and are ticked off while it is typed", async () => {
    const { user } = await openDialog();
    expect(await findById("rule-length")).toHaveTextContent("At least 8 characters");
    expect(byId("rule-types")).toHaveTextContent("At least 2 of");
    expect(byId("rule-words")).toHaveTextContent("example corp");
    expect(mark("length")).toBe("missing");
    await user.keyboard("tulipharb");
    expect(mark("length")).toBe("met");
    expect(mark("types")).toBe("missing");
    await user.keyboard("7");
    expect(mark("types")).toBe("met");
    expect(byId("rule-types")).toHaveTextContent(en.security_password_marks_met());
    await user.keyboard("ü");
    expect(mark("characters")).toBe("broken");
    await user.keyboard("{Backspace}");
    expect(mark("characters")).toBe("met");
    for (const later of ["breached", "same"]) {
      expect(mark(later)).toBe("later");
      expect(byId(`rule-${later}`)).toHaveTextContent(en.security_password_marks_later());
    }
    expect(byId("input-new-password")).toHaveAccessibleDescription(/At least 8 characters/);
    await user.clear(byId("input-new-password"));
    await user.keyboard("alice123");
    expect(mark("own_data")).toBe("missing");
    expect(mark("sequence")).toBe("missing");
  });

  test("other numbers are seen", async () => {
    await openDialog(
      {},
      prepared((host) => {
        host.security.rules = {
          ...host.security.rules,
          min_length: 14,
          max_length: 64,
          min_character_types: 3,
          rejected_words: ["a", "b", "c", "d", "e", "f"],
        };
      }),
    );
    expect(await findById("rule-length")).toHaveTextContent("14 to 64 characters");
    expect(byId("rule-types")).toHaveTextContent("At least 3 of");
    expect(byId("rule-words")).toHaveTextContent(en.security_password_rules_words());
  });

  test.each([
    ["{Enter}", "empty"],
    ["short{Enter}", "broken"],
    ["with-an-é-1{Enter}", "broken"],
    ["with such a space 1{Enter}", "broken"],
  ] as const)("%j is refused at once, and stays typed", async (typed, mistake) => {
    const { user, host } = await openDialog();
    await findById("rule-length");
    await user.keyboard(typed);
    expect(await findById("invalid")).toHaveTextContent(en[`security_password_${mistake}`]());
    await waitFor(() => expect(byId("input-new-password")).toHaveFocus());
    expect(byId("input-new-password")).toHaveValue(typed.replace("{Enter}", ""));
    expect(byId("input-new-password")).toHaveAttribute("aria-invalid", "true");
    expect(calls(host, "password_update")).toHaveLength(0);
    await user.keyboard("x");
    expect(screen.queryByTestId("invalid")).toBeNull();
  });

  test("that cannot be read are said to be, can be read again, and are no obstacle", async () => {
    const { user, host } = await openDialog(
      {},
      prepared((made) => {
        made.fail("password_rules", refusal("offline"));
        made.fail("password_rules", refusal("upstream_unavailable"));
      }),
    );
    expect(await findById("rules-error")).toHaveTextContent(en.security_password_rules_unread());
    await user.click(byId("rules-again"));
    await waitFor(() => expect(byId("rules-error")).toHaveAttribute("data-code", "upstream_unavailable"));
    expect(screen.queryByTestId("rule-length")).toBeNull();
    await user.type(byId("input-new-password"), "Known-Tulip-92{Enter}");
    await prove(user);
    await waitFor(() => expect(mark("breached")).toBe("broken"));
    await user.click(byId("rules-again"));
    expect(await findById("rule-length")).toBeVisible();
    expect(calls(host, "password_rules")).toHaveLength(3);
  });
});

describe("the server's answer", () => {
  test("b15_stands at the rules until another one is typed; no second proof is asked for", async () => {
    const { user, host } = await openDialog();
    await user.keyboard("Known-Harbour-92{Enter}");
    await prove(user);
    expect(await findById("invalid")).toHaveTextContent(en.security_password_broken());
    expect(mark("breached")).toBe("broken");
    expect(byId("rule-breached")).toHaveTextContent(en.security_password_marks_broken());
    await waitFor(() => expect(byId("input-new-password")).toHaveFocus());
    await user.keyboard("x");
    expect(mark("breached")).toBe("later");
    expect(screen.queryByTestId("invalid")).toBeNull();
    await user.clear(byId("input-new-password"));
    await user.keyboard(`${NEW}{Enter}`);
    await findById("security-result");
    expect(host.security.present).toBe(NEW);
  });

  test("b15_the present password is refused in its own words", async () => {
    const { user } = await openDialog(
      {},
      prepared((host) => (host.security.present = NEW)),
    );
    await user.keyboard(`${NEW}{Enter}`);
    await prove(user);
    expect(await findById("invalid")).toHaveTextContent(en.security_password_same());
    expect(mark("same")).toBe("broken");
  });

  test("rules that have changed meanwhile, and ones that this page does not know, are shown too", async () => {
    const { user, host } = await openDialog();
    const unknown = { kind: "newer_rule" } as unknown as PasswordIssue;
    host.fail("password_update", rejected({ kind: "too_short", min: 24 }, unknown));
    await user.keyboard(`${NEW}{Enter}`);
    await waitFor(() => expect(mark("length")).toBe("broken"));
    expect(byId("rule-length")).toHaveTextContent("At least 24 characters");
    expect(byId("rule-other")).toHaveTextContent(en.security_password_rules_other());
  });

  test("a refusal without reasons is a refusal", async () => {
    const { user, host } = await openDialog();
    host.fail("password_update", refusal("password_rejected"));
    await user.keyboard(`${NEW}{Enter}`);
    expect(await findById("invalid")).toHaveTextContent(en.security_password_refused());
  });

  test("b14_limits are said with their time", async () => {
    const { user, host } = await openDialog();
    host.fail("password_update", refusal("rate_limited", { kind: "retry_after", seconds: 900 }));
    await user.keyboard(`${NEW}{Enter}`);
    expect(await findById("password-error")).toHaveTextContent("Try again in 15 minutes.");
    expect(byId("input-new-password")).toHaveValue(NEW);
  });

  test.each(["offline", "upstream_unavailable", "store_unavailable", "field_not_editable"] as const)(
    "%s keeps what was typed",
    async (code) => {
      const { user, host } = await openDialog();
      host.fail("password_update", refusal(code));
      await user.keyboard(`${NEW}{Enter}`);
      expect(await findById("password-error")).toHaveTextContent(en[`errors_${code}_title`]());
      await waitFor(() => expect(byId("input-new-password")).toHaveFocus());
      await user.keyboard("{Enter}");
      await prove(user);
      expect(await findById("security-result")).toBeVisible();
    },
  );

  test("is not waited for twice", async () => {
    const { user, host } = await openDialog();
    const release = host.hold("password_update");
    await user.keyboard(`${NEW}{Enter}{Enter}`);
    expect(byId("password-save")).toHaveAttribute("aria-busy", "true");
    expect(byId("input-new-password")).toHaveAttribute("readonly");
    release();
    await findById("step-up");
    expect(calls(host, "password_update")).toHaveLength(1);
  });
});

describe("help with it", () => {
  test("one is generated, shown, and obeys the rules", async () => {
    const { user, host } = await openDialog();
    await findById("rule-length");
    await user.click(byId("password-generate"));
    const input = byId("input-new-password") as HTMLInputElement;
    expect(input).toHaveAttribute("type", "text");
    expect(input.value).toHaveLength(20);
    expect(byId("status")).toHaveTextContent(en.security_password_generated());
    for (const row of byId("password-rules").querySelectorAll("li"))
      expect(row.dataset.mark).toMatch(/^(met|later)$/);
    const first = input.value;
    await user.click(byId("password-generate"));
    expect(input.value).not.toBe(first);
    const second = input.value;
    await user.click(byId("password-save"));
    await prove(user);
    await findById("security-result");
    expect(host.security.present).toBe(second);
  });

  test("it is shown and hidden", async () => {
    const { user } = await openDialog();
    await user.keyboard(NEW);
    await user.click(byId("input-new-password-show"));
    expect(byId("input-new-password")).toHaveAttribute("type", "text");
    expect(byId("input-new-password-show")).toHaveAccessibleName("Hide password");
    await user.click(byId("input-new-password-show"));
    expect(byId("input-new-password")).toHaveAttribute("type", "password");
  });

  test.each([
    ["password1", "0"],
    ["AliceExample7", "1"],
    ["vK7;mQ2=xT9.wR4", "4"],
  ])("%s is estimated to be of strength %s", async (typed, strength) => {
    const { user } = await openDialog();
    await user.keyboard(typed);
    const shown = await findById("password-strength");
    expect(shown).toHaveAttribute("data-strength", strength);
    expect(shown).toHaveTextContent(en[`security_password_strength_${Number(strength) as 0 | 1 | 4}`]());
  });
});

test("as the last way in, a password is what to set first", async () => {
  const { user } = await drawSecurity(
    { ...FIRST, username: { access: "edit", value: null }, phone: { access: "edit", value: null } },
    prepared((host) => (host.security.nextSteps = ["set_password", "ask_organisation"])),
  );
  await user.click(byId("remove-email"));
  await user.click(await findById("removal-confirm"));
  expect(await findById("next-set_password")).toHaveTextContent(en.security_last_way_steps_set_password());
  await user.click(byId("next-set_password"));
  await waitFor(() => expect(byId("input-new-password")).toHaveFocus());
  expect(byId("dialog")).toHaveAccessibleName(en.security_password_first());
});

test("what is switched off or read-only has no button", async () => {
  await drawSecurity({ password: { access: "read_only", value: true, reason: "organisation" } });
  expect(byId("value-password")).toHaveTextContent(en.security_password_set());
  expect(screen.queryByTestId("change-password")).toBeNull();
});

test("is German in German", async () => {
  await openDialog({}, { languages: ["de-AT"] });
  expect(byId("dialog")).toHaveAccessibleName(de.security_password_change());
  expect(await findById("rule-length")).toHaveTextContent("Mindestens 8 Zeichen");
});
