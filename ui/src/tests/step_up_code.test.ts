/** The step-up by a code to a present address: its time, its tries, and another one. */
import { screen, waitFor } from "@testing-library/svelte";
import { describe, expect, test } from "vitest";
import { CODE } from "../lib/host/fake_step_up";
import { en } from "./messages";
import { byId, findById, NOW, type Options } from "./page";
import { begin, calls, done, refusal } from "./proving";

describe("the code", () => {
  const open = async (options: Options = {}) => {
    const drawn = await begin(undefined, options);
    await drawn.user.click(byId("step-up-method-email"));
    await waitFor(() => expect(byId("input-code")).toHaveFocus());
    return drawn;
  };

  test("is one input to a screen reader, and says where it went and how long it is valid", async () => {
    await open();
    const input = byId("input-code");
    await waitFor(() => expect(input).toHaveFocus());
    expect(screen.getAllByRole("textbox")).toEqual([input]);
    expect(input).toHaveAccessibleName(en.code_label());
    expect(input).toHaveAttribute("autocomplete", "one-time-code");
    expect(input).toHaveAttribute("inputmode", "numeric");
    expect(input).toHaveAccessibleDescription(/a…e@example\.test.*10:00/);
  });

  test("typed goes by itself with its sixth digit", async () => {
    const { user, host } = await open();
    await user.keyboard(CODE.slice(0, 5));
    expect(byId("step-up-submit")).toBeDisabled();
    expect(calls(host, "step_up_code_confirm")).toHaveLength(0);
    await user.keyboard(CODE.slice(5));
    await done();
    expect(calls(host, "step_up_code_confirm").map((call) => call.args)).toMatchObject([
      { request: { transaction: "transaction-2", code: CODE } },
    ]);
  });

  test.each([`Your code is ${CODE}.`, `${CODE.slice(0, 3)} ${CODE.slice(3)}`, ` ${CODE}\n`])(
    "may be pasted as it came: %j",
    async (text) => {
      const { user, host } = await open();
      await user.paste(text);
      await done();
      expect(calls(host, "step_up_code_confirm")).toHaveLength(1);
    },
  );

  test("that is wrong says how often it may still be tried, and is typed over", async () => {
    const { user, host } = await open();
    await user.keyboard("000000");
    const error = await findById("step-up-error");
    expect(error).toHaveAttribute("data-code", "code_wrong");
    expect(error).toHaveTextContent("4 tries are left.");
    await waitFor(() => expect(byId("input-code")).toHaveFocus());
    await waitFor(() => expect(byId("input-code")).not.toHaveAttribute("readonly"));
    await user.keyboard(CODE);
    await done();
    expect(calls(host, "step_up_code_confirm")).toHaveLength(2);
  });

  test("tried too often is over: another is offered after its time", async () => {
    let now = NOW;
    const { user } = await open({ now: () => now });
    for (let time = 1; time <= 5; time++) {
      await user.keyboard(`00000${time}`);
      await waitFor(() =>
        expect(byId("step-up-error")).toHaveAttribute("data-code", time < 5 ? "code_wrong" : "code_expired"),
      );
    }
    expect(byId("step-up-submit")).toBeDisabled();
    expect(byId("input-code")).toHaveValue("");
    expect(byId("step-up-resend")).toBeDisabled();
    now += 61_000;
    await waitFor(() => expect(byId("step-up-resend")).toBeEnabled());
    await user.click(byId("step-up-resend"));
    await waitFor(() => expect(screen.queryByTestId("step-up-error")).toBeNull());
    expect(byId("input-code")).toHaveValue("");
    await user.type(byId("input-code"), CODE);
    await done();
  });

  test("counts down, and may be sent again after a minute", async () => {
    let now = NOW;
    const { user, host } = await open({ now: () => now });
    expect(byId("step-up-resend")).toBeDisabled();
    expect(byId("step-up-resend")).toHaveTextContent("Send again in 1:00");
    now += 12_000;
    await waitFor(() => expect(byId("step-up-resend")).toHaveTextContent("Send again in 0:48"));
    expect(byId("code-left")).toHaveTextContent("9:48");
    now += 50_000;
    await waitFor(() => expect(byId("step-up-resend")).toHaveTextContent(/^Send again$/));
    await user.click(byId("step-up-resend"));
    await waitFor(() => expect(calls(host, "step_up_code_send")).toHaveLength(2));
    await waitFor(() => expect(byId("status")).toHaveTextContent("a…e@example.test"));
  });

  test("is over when its time is, without a try", async () => {
    let now = NOW;
    await open({ now: () => now });
    now += 10 * 60_000;
    expect(await findById("code-over")).toHaveTextContent("The code sent to a…e@example.test has expired");
    expect(byId("input-code")).toHaveAttribute("readonly");
    expect(byId("step-up-resend")).toBeEnabled();
  });

  test("on its way is kept through another way and Escape: none is sent twice", async () => {
    const { user, host } = await open();
    await user.keyboard("246");
    await user.click(byId("step-up-other"));
    await user.click(await findById("step-up-method-email"));
    expect(await findById("input-code")).toHaveValue("246");
    await user.keyboard("{Escape}");
    await user.click(await findById("end-confirm"));
    expect(await findById("input-code")).toHaveValue("246");
    expect(calls(host, "step_up_code_send")).toHaveLength(1);
  });

  test("that may not be sent yet says how long to wait", async () => {
    const { user } = await begin(undefined, {
      prepare: (host) =>
        host.fail("step_up_code_send", refusal("rate_limited", { kind: "retry_after", seconds: 40 })),
    });
    await user.click(byId("step-up-method-phone"));
    expect(await findById("step-up-error")).toHaveTextContent("Try again in 40 seconds.");
    await user.click(byId("step-up-method-phone"));
    expect(await findById("input-code")).toHaveAccessibleDescription(/…0001/);
  });
});
