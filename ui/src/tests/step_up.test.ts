/** Proving it is you: every way, what goes wrong, and that nothing typed and no place is lost. */
import { screen, waitFor } from "@testing-library/svelte";
import { describe, expect, test, vi } from "vitest";
import type { StepUpMethod } from "../lib/contract";
import { fakeServer } from "../lib/host/fake_states";
import { CODE, PASSWORD } from "../lib/host/fake_step_up";
import { de, en } from "./messages";
import { byId, drawSignedIn, findById, type Options } from "./page";
import { EMAIL, begin, calls, done, refusal } from "./proving";

describe("the dialog", () => {
  test("says what for, and offers exactly what the server names, in its order", async () => {
    await begin([{ kind: "browser" }, EMAIL]);
    expect(byId("step-up")).toHaveAccessibleName(en.step_up_title());
    expect(byId("step-up")).toHaveAccessibleDescription(/sign out Firefox on Windows/);
    const offered = [...byId("step-up").querySelectorAll("[data-testid^=step-up-method-]")];
    expect(offered.map((way) => (way as HTMLElement).dataset.testid)).toEqual([
      "step-up-method-browser",
      "step-up-method-email",
    ]);
    expect(byId("step-up-method-email")).toHaveTextContent("a…e@example.test");
    await waitFor(() => expect(byId("step-up-method-browser")).toHaveFocus());
  });

  test("stands in the place of the dialog that needs it, and gives the place and the focus back", async () => {
    const { user, host } = await begin();
    expect(byId("dialog")).toHaveClass("behind");
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByTestId("step-up")).toBeNull());
    expect(byId("dialog")).not.toHaveClass("behind");
    await waitFor(() => expect(byId("end-confirm")).toHaveFocus());
    expect(byId("session-office")).toBeInTheDocument();
    expect(calls(host, "session_end")).toHaveLength(1);
  });

  test("n28_by keyboard alone: proven, the command repeated, the result said", async () => {
    const { user, host } = await drawSignedIn({ page: "devices" });
    (await findById("session-end-office")).focus();
    await user.keyboard("{Enter}");
    await waitFor(() => expect(byId("end-cancel")).toHaveFocus());
    await user.tab();
    await user.keyboard("{Enter}");
    await waitFor(() => expect(byId("step-up-method-browser")).toHaveFocus());
    await user.tab();
    await user.keyboard("{Enter}");
    await waitFor(() => expect(byId("input-password")).toHaveFocus());
    await user.keyboard(`${PASSWORD}{Enter}`);
    await done();
    expect(screen.queryByTestId("step-up")).toBeNull();
    expect(screen.queryByTestId("dialog")).toBeNull();
    expect(calls(host, "session_end")).toHaveLength(2);
    expect(screen.queryByTestId("session-office")).toBeNull();
    await waitFor(() => expect(byId("sessions-result")).toHaveFocus());
    await waitFor(() => expect(byId("status")).toHaveTextContent(/^Ended: 1 session/));
  });

  test.each([
    [[{ kind: "browser" }], "step-up-method-browser"],
    [[{ kind: "password" }], "input-password"],
    [[EMAIL], "step-up-method-email"],
  ] as [StepUpMethod[], string][])("goes straight to the only way: %j", async (methods, first) => {
    const { host } = await begin(methods);
    await waitFor(() => expect(byId(first)).toHaveFocus());
    expect(screen.queryByTestId("step-up-other")).toBeNull();
    expect(calls(host, "step_up_browser")).toHaveLength(0);
    expect(calls(host, "step_up_code_send")).toHaveLength(0);
  });

  test("asks for one more proof where one is not enough", async () => {
    const { user } = await begin([{ kind: "password" }], {
      prepare: (host) => (host.stepUp.further = [EMAIL]),
    });
    await user.type(byId("input-password"), `${PASSWORD}{Enter}`);
    expect(await findById("step-up-note")).toHaveTextContent(en.step_up_notes_more());
    expect(screen.queryByTestId("input-password")).toBeNull();
    await user.click(byId("step-up-method-email"));
    await user.type(await findById("input-code"), CODE);
    await done();
  });

  test("starts over with a challenge that is too old, without asking for the password again", async () => {
    const { user, host } = await begin();
    await user.click(byId("step-up-method-password"));
    await user.type(await findById("input-password"), PASSWORD);
    host.stepUp.forgetChallenges();
    await user.click(byId("step-up-submit"));
    await done();
    expect(calls(host, "step_up_password")).toHaveLength(2);
    expect(calls(host, "session_end")).toHaveLength(3);
  });

  test("says so when even a new challenge does not serve", async () => {
    const { user, host } = await begin([{ kind: "password" }]);
    for (let time = 0; time < 2; time++) host.fail("step_up_password", refusal("step_up_refused"));
    await user.type(byId("input-password"), `${PASSWORD}{Enter}`);
    expect(await findById("step-up-error")).toHaveAttribute("data-code", "step_up_refused");
    expect(byId("input-password")).toHaveValue(PASSWORD);
    await user.click(byId("step-up-submit"));
    await done();
  });

  test("a grant that ran out before its use is asked for again, and said", async () => {
    const { user, host } = await begin([{ kind: "password" }]);
    const again = { id: "challenge-1", purpose: "end_session" as const, methods: host.stepUp.methods };
    host.next.session_end = [() => ({ kind: "step_up", step_up: again })];
    await user.type(byId("input-password"), `${PASSWORD}{Enter}`);
    expect(await findById("step-up-note")).toHaveTextContent(en.step_up_notes_again());
    expect(byId("input-password")).toHaveValue("");
  });

  test("what the repeated command is refused with is said where it was begun", async () => {
    const { user, host } = await begin([{ kind: "password" }]);
    host.fail("session_end", refusal("upstream_unavailable"));
    await user.type(byId("input-password"), `${PASSWORD}{Enter}`);
    const notice = await findById("notice");
    expect(notice).toHaveTextContent(en.errors_upstream_unavailable_title());
    expect(byId("dialog")).toContainElement(notice);
    expect(screen.queryByTestId("step-up")).toBeNull();
    expect(byId("session-office")).toBeInTheDocument();
    await user.click(byId("end-confirm"));
    await done();
  });

  test("goes with its account", async () => {
    const { host } = await begin();
    host.emit({ kind: "signed_out", server: fakeServer(), notice: "session_ended" });
    await waitFor(() => expect(screen.queryByTestId("step-up")).toBeNull());
    expect(screen.queryByTestId("dialog")).toBeNull();
  });

  test("speaks German", async () => {
    await begin(undefined, { languages: ["de-AT"] });
    expect(byId("step-up")).toHaveAccessibleName(de.step_up_title());
    expect(byId("step-up")).toHaveAccessibleDescription(/Firefox unter Windows/);
  });
});

describe("the password", () => {
  const open = async (options: Options = {}) => {
    const drawn = await begin(undefined, options);
    await drawn.user.click(byId("step-up-method-password"));
    await waitFor(() => expect(byId("input-password")).toHaveFocus());
    return drawn;
  };

  test("is hidden until it is shown, and may be pasted", async () => {
    const { user } = await open();
    const input = byId("input-password");
    await waitFor(() => expect(input).toHaveFocus());
    expect(input).toHaveAttribute("type", "password");
    expect(input).toHaveAttribute("autocomplete", "current-password");
    expect(byId("step-up-submit")).toBeDisabled();
    await user.paste(PASSWORD);
    expect(input).toHaveValue(PASSWORD);
    await user.click(byId("input-password-show"));
    expect(input).toHaveAttribute("type", "text");
    expect(byId("input-password-show")).toHaveAccessibleName(en.step_up_password_hide());
  });

  test("that is wrong is said beside it and can be typed over", async () => {
    const { user } = await open();
    await user.keyboard("wrong{Enter}");
    const error = await findById("step-up-error");
    expect(error).toHaveAttribute("data-code", "password_wrong");
    const input = byId("input-password");
    expect(input).toHaveAccessibleDescription(new RegExp(en.errors_password_wrong_title()));
    expect(input).toHaveAttribute("aria-invalid", "true");
    await waitFor(() => expect(input).toHaveFocus());
    await user.keyboard(`${PASSWORD}{Enter}`);
    await done();
  });

  test("tried too often says how long to wait", async () => {
    const { user } = await open({ prepare: (host) => (host.stepUp.triesLeft = 0) });
    await user.keyboard("wrong{Enter}");
    expect(await findById("step-up-error")).toHaveAttribute("data-code", "rate_limited");
    expect(byId("step-up-error")).toHaveTextContent("Try again in 15 minutes.");
    expect(byId("input-password")).toHaveValue("wrong");
  });

  test("survives another way and Escape, and is gone with the form it belongs to", async () => {
    const { user } = await open();
    await user.keyboard("half");
    await user.click(byId("step-up-other"));
    await user.click(await findById("step-up-method-password"));
    expect(await findById("input-password")).toHaveValue("half");
    await user.keyboard("{Escape}");
    await user.click(await findById("end-confirm"));
    expect(await findById("input-password")).toHaveValue("half");
    await user.keyboard("{Escape}");
    await user.click(await findById("end-cancel"));
    await user.click(await findById("session-end-office"));
    await user.click(await findById("end-confirm"));
    await user.click(await findById("step-up-method-password"));
    expect(await findById("input-password")).toHaveValue("");
  });

  test("waits in three steps, with the way out open", async () => {
    const { user, host } = await open();
    await user.keyboard(PASSWORD);
    const release = host.hold("step_up_password");
    vi.useFakeTimers();
    byId("step-up-submit").click();
    await vi.advanceTimersByTimeAsync(2_100);
    expect(screen.getByText(en.common_still_waiting())).toBeVisible();
    await vi.advanceTimersByTimeAsync(8_000);
    expect(screen.getByText(en.common_takes_long())).toBeVisible();
    byId("step-up-cancel").click();
    await vi.advanceTimersByTimeAsync(100);
    vi.useRealTimers();
    await waitFor(() => expect(screen.queryByTestId("step-up")).toBeNull());
    release();
    // The late proof signs out no session; the next click finds its grant.
    await waitFor(() => expect(byId("end-confirm")).not.toHaveAttribute("aria-busy"));
    expect(byId("session-office")).toBeInTheDocument();
    await user.click(byId("end-confirm"));
    await done();
    expect(screen.queryByTestId("step-up")).toBeNull();
  });
});

describe("the browser", () => {
  test("says what is happening, opens again, copies the link, and goes on by itself", async () => {
    const { user, host } = await begin();
    await user.click(byId("step-up-method-browser"));
    await waitFor(() => expect(byId("step-up-waiting")).toHaveFocus());
    expect(byId("step-up-waiting")).toHaveTextContent(en.step_up_browser_title());
    await user.click(byId("step-up-reopen"));
    await waitFor(() => expect(byId("status")).toHaveTextContent(en.sign_in_reopened()));
    await user.click(byId("step-up-copy-link"));
    expect(await screen.findByText(en.sign_in_copied(), { selector: "p" })).toBeVisible();
    host.fail("step_up_browser_copy_link", refusal("clipboard_unavailable"));
    await user.click(byId("step-up-copy-link"));
    expect(await findById("step-up-error")).toHaveAttribute("data-code", "clipboard_unavailable");
    host.stepUp.finishBrowser();
    await done();
  });

  test("is no longer waited for at a click, and can be opened again", async () => {
    const { user, host } = await begin([{ kind: "browser" }]);
    await user.click(byId("step-up-method-browser"));
    await user.click(await findById("step-up-browser-cancel"));
    await waitFor(() => expect(byId("step-up-method-browser")).toHaveFocus());
    expect(calls(host, "step_up_browser_cancel")).toHaveLength(1);
    expect(screen.queryByTestId("step-up-error")).toBeNull();
    await user.click(byId("step-up-method-browser"));
    await findById("step-up-waiting");
    host.stepUp.finishBrowser();
    await done();
  });

  test("is given up with the dialog", async () => {
    const { user, host } = await begin();
    await user.click(byId("step-up-method-browser"));
    await findById("step-up-waiting");
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByTestId("step-up")).toBeNull());
    expect(calls(host, "step_up_browser_cancel")).toHaveLength(1);
    await user.click(byId("end-confirm"));
    expect(await findById("step-up-method-browser")).toHaveTextContent(en.step_up_browser_open());
    expect(calls(host, "step_up_browser")).toHaveLength(1);
  });

  test("with somebody else in it: says who, and tries again with a new challenge", async () => {
    const { user, host } = await begin();
    await user.click(byId("step-up-method-browser"));
    await findById("step-up-waiting");
    host.stepUp.failBrowser(refusal("step_up_other_person", { kind: "other_person", name: "Bob Builder" }));
    const error = await findById("step-up-error");
    expect(error).toHaveAttribute("data-code", "step_up_other_person");
    expect(error).toHaveTextContent("Bob Builder");
    expect(byId("step-up-method-browser")).toHaveTextContent(en.common_try_again());
    expect(calls(host, "step_up_browser")).toHaveLength(1);
    await user.click(byId("step-up-method-browser"));
    await findById("step-up-waiting");
    const [first, second] = calls(host, "step_up_browser").map((call) => call.args);
    expect(second).not.toEqual(first);
    host.stepUp.finishBrowser();
    await done();
  });

  test("without the other's name it still says what happened", async () => {
    const { user, host } = await begin();
    await user.click(byId("step-up-method-browser"));
    await findById("step-up-waiting");
    host.stepUp.failBrowser(refusal("step_up_other_person", { kind: "other_person", name: null }));
    expect(await findById("step-up-error")).toHaveTextContent(en.errors_step_up_other_person_title());
  });

  test.each(["sign_in_timed_out", "sign_in_denied", "browser_unavailable", "sign_in_mismatch"] as const)(
    "%s is said, and other ways stay open",
    async (code) => {
      const { user, host } = await begin();
      await user.click(byId("step-up-method-browser"));
      await findById("step-up-waiting");
      host.stepUp.failBrowser(refusal(code));
      expect(await findById("step-up-error")).toHaveTextContent(en[`errors_${code}_title`]());
      await user.click(byId("step-up-other"));
      await user.click(await findById("step-up-method-password"));
      expect(screen.queryByTestId("step-up-error")).toBeNull();
      await user.type(await findById("input-password"), `${PASSWORD}{Enter}`);
      await done();
    },
  );

  test("has a word after 2 s", async () => {
    const { user } = await begin();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    byId("step-up-method-browser").click();
    await vi.advanceTimersByTimeAsync(2_100);
    expect(screen.getByText(en.sign_in_slow_waiting_for_browser())).toBeVisible();
    vi.useRealTimers();
    await user.click(byId("step-up-cancel"));
  });
});
