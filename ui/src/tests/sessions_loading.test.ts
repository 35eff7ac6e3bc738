/** Devices & apps while its list is read: nothing is drawn without data, and nothing is waited for in silence. */
import { screen } from "@testing-library/svelte";
import { describe, expect, test, vi } from "vitest";
import { byId, findById } from "./page";
import { drawDevices, refusal } from "./devices";
import { en } from "./messages";

describe("while it is read", () => {
  test("draws nothing without data: nothing, a skeleton, a word, a way out", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let release = () => {};
    const { host } = await drawDevices("usual", {
      prepare: (made) => (release = made.hold("sessions_list")),
    });
    await vi.advanceTimersByTimeAsync(100);
    expect(screen.queryByTestId("skeleton")).toBeNull();
    await vi.advanceTimersByTimeAsync(100);
    expect(byId("skeleton")).toBeVisible();
    expect(screen.queryByText(en.devices_signed_in())).toBeNull();
    expect(screen.getByText(`${en.devices_loading()} …`)).toHaveClass("visually-hidden");
    await vi.advanceTimersByTimeAsync(2_000);
    expect(screen.getByText(`${en.devices_loading()} …`)).not.toHaveClass("visually-hidden");
    await vi.advanceTimersByTimeAsync(8_000);
    expect(screen.getByText(en.common_slow_answer())).toBeVisible();
    byId("retry").click();
    await vi.advanceTimersByTimeAsync(100);
    vi.useRealTimers();
    expect(await findById("session-office")).toBeVisible();
    // The answer to the first request arrives late and does not replace the newer one.
    host.sessions.view = { ...host.sessions.view, sessions: [], grants: [] };
    release();
    await user0();
    expect(byId("session-office")).toBeVisible();
  });

  const user0 = () => new Promise((resolve) => setTimeout(resolve));

  test.each(["offline", "upstream_unavailable", "timed_out", "store_unavailable"] as const)(
    "%s is said, and can be tried again",
    async (code) => {
      const { user } = await drawDevices("usual", {
        prepare: (host) => host.fail("sessions_list", refusal(code)),
      });
      const notice = await findById("notice");
      expect(notice).toHaveTextContent(en[`errors_${code}_title`]());
      expect(notice).toHaveTextContent("req-5");
      expect(screen.queryByText(en.devices_signed_in())).toBeNull();
      await user.click(byId("retry"));
      expect(await findById("session-office")).toBeVisible();
      expect(screen.queryByTestId("notice")).toBeNull();
    },
  );

  test("offline with a list in sight keeps it and says how old it is", async () => {
    const { user, host } = await drawDevices();
    await findById("session-office");
    host.fail("sessions_list", refusal("offline"));
    await user.click(byId("sessions-reload"));
    expect(await findById("notice")).toHaveTextContent("You see what was signed in today at 09:30.");
    expect(byId("session-office")).toBeVisible();
  });

  test("a missing permission names it and whom to ask", async () => {
    await drawDevices("usual", {
      prepare: (host) => host.fail("sessions_list", refusal("insufficient_scope")),
    });
    expect(await findById("notice")).toHaveTextContent("account:security");
    expect(byId("notice")).toHaveTextContent(/Ask IT/);
    expect(screen.queryByTestId("retry")).toBeNull();
  });
});
