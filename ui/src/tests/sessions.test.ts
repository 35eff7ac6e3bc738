/** Devices & apps: what is shown of each, what is asked before it ends, and what the server says came of it. */
import { screen, waitFor, within } from "@testing-library/svelte";
import { describe, expect, test, vi } from "vitest";
import { signedIn } from "../lib/host/fake_states";
import { byId, drawPage, drawSignedIn, findById, NOW, view } from "./page";
import { calls, drawDevices, parts, prove, refusal } from "./devices";
import { en } from "./messages";

describe("the list", () => {
  test("has its own entry in the navigation, reached by keyboard", async () => {
    const { user } = await drawSignedIn();
    byId("nav-devices").focus();
    await user.keyboard("{Enter}");
    await waitFor(() => expect(view()).toBe("devices"));
    expect(await screen.findByRole("heading", { level: 1, name: en.views_devices() })).toBeVisible();
    expect(byId("nav-devices")).toHaveAttribute("aria-current", "page");
    expect(byId("nav-devices")).toHaveFocus();
  });

  test("b44_shows the present session first, tagged, and not to be ended here", async () => {
    await drawDevices("usual", {
      prepare: (host) => {
        host.sessions.view = { ...host.sessions.view, sessions: host.sessions.view.sessions.toReversed() };
      },
    });
    await findById("session-here");
    const rows = screen.getAllByTestId(/^session-(?!end|s-)/);
    expect(rows.map((row) => row.dataset.testid)).toEqual([
      "session-here",
      "session-pocket",
      "session-office",
    ]);
    expect(byId("session-here")).toHaveTextContent(en.devices_this_device());
    expect(screen.queryByTestId("session-end-here")).toBeNull();
    expect(screen.getAllByText(en.devices_this_device())).toHaveLength(1);
  });

  test("says of a session on what, where, since when, until when and for which apps", async () => {
    await drawDevices();
    await findById("session-office");
    expect(parts("session-office")).toEqual([
      "Firefox on Windows",
      "Firefox 140",
      "198.51.100.…",
      "Graz, AT",
      "Last sign-in yesterday at 09:30",
      "started 30 April",
      "ends 19 June",
      "Used for Example Calendar",
    ]);
    expect(parts("session-pocket")).toEqual([
      "Safari on iOS",
      "Safari 19",
      "2001:db8:…",
      "Signed in 5 June",
      "ends 19 June",
    ]);
  });

  test("says of an app what it may do, whose it is, since when and how it was signed in", async () => {
    await drawDevices();
    await findById("grant-calendar");
    expect(parts("grant-calendar")).toEqual([
      "Example Calendar",
      "May know who you are, see your name and picture, see your e-mail address, stay signed in while you are away and use “calendar:read”",
      "Since 30 April",
      "ends 7 December",
      "signed in with Firefox on Windows",
    ]);
    expect(byId("grant-calendar")).toHaveTextContent(en.devices_third_party());
    expect(byId("grant-mail")).not.toHaveTextContent(en.devices_third_party());
    expect(byId("grant-own")).toHaveTextContent(en.devices_this_app());
    expect(screen.queryByTestId("grant-end-own")).toBeNull();
  });

  test("b44_a grant that no session names is signed in without a browser session", async () => {
    await drawDevices();
    expect(await findById("grant-television")).toHaveTextContent(en.devices_with_none());
  });

  test("a grant whose session is not in the list is not said to belong to one", async () => {
    await drawDevices("usual", {
      prepare: (host) => {
        const { grants } = host.sessions.view;
        host.sessions.view = { ...host.sessions.view, grants, sessions: [] };
      },
    });
    expect(await findById("grant-calendar")).toHaveTextContent(en.devices_with_none());
  });

  test("names what has no name, and what it has no words for", async () => {
    await drawDevices("long");
    expect(await findById("session-nameless")).toHaveTextContent(en.devices_kinds_unknown());
    expect(byId("grant-nameless")).toHaveTextContent(en.devices_unknown_app());
    expect(byId("grant-nameless")).toHaveTextContent(en.devices_nothing_more());
    expect(byId("grant-long")).toHaveTextContent(/use “wolfe/);
  });

  test("n28_each control says what it is for, and which of two alike", async () => {
    await drawDevices();
    expect(await findById("session-end-office")).toHaveAccessibleName("Sign out Firefox on Windows");
    expect(byId("session-end-office")).toHaveAccessibleDescription(/Graz, AT/);
    expect(byId("grant-end-calendar")).toHaveAccessibleName("Remove access of Example Calendar");
  });

  test("is asked for each time the page opens, the last known one staying meanwhile", async () => {
    const { user, host } = await drawDevices();
    await findById("session-office");
    await user.click(byId("nav-overview"));
    const release = host.hold("sessions_list");
    await user.click(byId("nav-devices"));
    expect(await findById("session-office")).toBeVisible();
    expect(byId("sessions-reload")).toHaveAttribute("aria-busy", "true");
    host.sessions.view = { ...host.sessions.view, sessions: host.sessions.view.sessions.slice(0, 1) };
    release();
    await waitFor(() => expect(screen.queryByTestId("session-office")).toBeNull());
    expect(calls(host, "sessions_list")).toHaveLength(2);
  });

  test("can be asked for again, and says so", async () => {
    const { user, host } = await drawDevices();
    await user.click(await findById("sessions-reload"));
    await waitFor(() => expect(byId("status")).toHaveTextContent(en.shell_refreshed()));
    expect(calls(host, "sessions_list")).toHaveLength(2);
  });

  test("alone says so and offers nothing to end", async () => {
    await drawDevices("alone");
    expect(await findById("only-this")).toHaveTextContent(en.devices_only_this());
    expect(screen.queryByTestId("end-others")).toBeNull();
  });

  test("empty says so", async () => {
    await drawDevices("nothing");
    expect(await screen.findByText(en.devices_no_session())).toBeVisible();
    expect(screen.getByText(en.devices_no_apps())).toBeVisible();
  });

  test("b44_an app that was signed in without a browser session says so", async () => {
    await drawDevices("without_session");
    expect(await findById("current-without-session")).toBeVisible();
    expect(screen.queryByText(en.devices_this_device())).toBeNull();
    expect(byId("grant-own")).toHaveTextContent(en.devices_this_app());
  });
});

describe("ending one", () => {
  test("asks first, with what is lost by number and name", async () => {
    const { user, host } = await drawDevices();
    await user.click(await findById("session-end-office"));
    const dialog = await findById("dialog");
    expect(dialog).toHaveAccessibleName("Sign out Firefox on Windows?");
    expect(dialog).toHaveAccessibleDescription("This ends 1 session and the access of 1 app.");
    expect(byId("end-loss")).toHaveTextContent("Firefox on Windows");
    expect(byId("end-loss")).toHaveTextContent("Example Calendar");
    await waitFor(() => expect(byId("end-cancel")).toHaveFocus());
    await user.keyboard("{Enter}");
    await waitFor(() => expect(screen.queryByTestId("dialog")).toBeNull());
    await waitFor(() => expect(byId("session-end-office")).toHaveFocus());
    expect(calls(host, "session_end")).toHaveLength(0);
  });

  test("red is for the last button only", async () => {
    const { user } = await drawDevices();
    await findById("session-office");
    expect(document.querySelectorAll("button.danger")).toHaveLength(0);
    await user.click(byId("end-others"));
    await findById("end-confirm");
    expect(document.querySelectorAll("button.danger")).toHaveLength(1);
    expect(byId("end-confirm")).toHaveClass("danger");
  });

  test("takes nothing away before the server has confirmed it", async () => {
    const { user, host } = await drawDevices();
    await user.click(await findById("session-end-office"));
    await user.click(await findById("end-confirm"));
    await prove(user);
    await findById("sessions-result");
    const release = host.hold("grant_end");
    await user.click(byId("grant-end-television"));
    await user.click(await findById("end-confirm"));
    expect(byId("end-confirm")).toHaveAttribute("aria-busy", "true");
    expect(byId("grant-television")).toBeInTheDocument();
    expect(screen.queryByTestId("sessions-result")).toBeNull();
    await user.click(byId("end-confirm"));
    expect(calls(host, "grant_end")).toHaveLength(1);
    release();
    expect(await findById("sessions-result")).toHaveTextContent("Ended: the access of 1 app.");
    expect(screen.queryByTestId("grant-television")).toBeNull();
    // The proof was valid for both: an ordinary one lasts a while.
    expect(screen.queryByTestId("step-up")).toBeNull();
    await waitFor(() => expect(byId("sessions-result")).toHaveFocus());
  });

  test("that was over already says so and reads the list again", async () => {
    const { user, host } = await drawDevices();
    await findById("session-office");
    host.fail("session_end", refusal("session_not_found"));
    host.sessions.view = {
      ...host.sessions.view,
      sessions: host.sessions.view.sessions.filter(({ id }) => id !== "office"),
    };
    await user.click(byId("session-end-office"));
    await user.click(await findById("end-confirm"));
    expect(await findById("sessions-result")).toHaveTextContent(en.devices_gone_already());
    await waitFor(() => expect(screen.queryByTestId("session-office")).toBeNull());
  });

  test("refused keeps the dialog, with the reference for IT", async () => {
    const { user, host } = await drawDevices();
    await user.click(await findById("grant-end-mail"));
    host.fail("grant_end", refusal("upstream_failed"));
    await user.click(await findById("end-confirm"));
    const dialog = await findById("dialog");
    expect(await within(dialog).findByTestId("notice")).toHaveTextContent("req-5");
    expect(byId("grant-mail")).toBeInTheDocument();
  });

  test("waits in three steps and then may be closed; the answer is said all the same", async () => {
    const { user, host } = await drawDevices();
    await user.click(await findById("grant-end-mail"));
    await findById("end-confirm");
    let release = () => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    host.next.grant_end = [
      async () => {
        await gate;
        const present = { ...host.sessions.view, grants: [] };
        return {
          kind: "done",
          answer: { sessions_ended: 0, grants_ended: 1, remaining: [], present },
        };
      },
    ];
    vi.useFakeTimers();
    byId("end-confirm").click();
    await vi.advanceTimersByTimeAsync(200);
    expect(screen.getByText(en.devices_end_working())).toBeVisible();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(screen.getByText(en.common_takes_long())).toBeVisible();
    byId("end-cancel").click();
    await vi.advanceTimersByTimeAsync(100);
    vi.useRealTimers();
    await waitFor(() => expect(screen.queryByTestId("dialog")).toBeNull());
    release();
    expect(await findById("sessions-result")).toHaveTextContent("Ended: the access of 1 app.");
  });
});

describe("signing out everywhere else", () => {
  test("b16_says how many sessions and apps, and what the server says came of it", async () => {
    const { user, host } = await drawDevices();
    await user.click(await findById("end-others"));
    expect(await findById("dialog")).toHaveAccessibleDescription(
      "This ends 2 sessions and the access of 3 apps.",
    );
    expect(byId("end-loss")).not.toHaveTextContent("Chromium on Linux");
    expect(byId("end-loss")).not.toHaveTextContent("Latchkey");
    expect(screen.getByText(en.devices_end_keeps_this())).toBeVisible();
    await user.click(byId("end-confirm"));
    await prove(user);
    expect(await findById("sessions-result")).toHaveTextContent(
      "Ended: 2 sessions and the access of 3 apps.",
    );
    expect(screen.queryByTestId("sessions-remaining")).toBeNull();
    expect(screen.queryByTestId("end-others")).toBeNull();
    expect(byId("session-here")).toBeVisible();
    expect(calls(host, "sessions_end_others").map((call) => call.args)).toEqual([
      { accountId: "alice00000001", request: {} },
      { accountId: "alice00000001", request: {} },
    ]);
    await waitFor(() => expect(byId("sessions-result")).toHaveFocus());
  });

  test("b16_what did not end is named and stays in the list", async () => {
    const { user } = await drawDevices("usual", {
      prepare: (host) => (host.sessions.stubborn = ["pocket", "television"]),
    });
    await user.click(await findById("end-others"));
    await user.click(await findById("end-confirm"));
    await prove(user);
    expect(await findById("sessions-result")).toHaveTextContent("Ended: 1 session and the access of 2 apps.");
    expect(byId("sessions-remaining")).toHaveTextContent(
      "Still signed in: Safari on iOS and Example Television. Try again, or ask IT.",
    );
    expect(byId("session-pocket")).toBeVisible();
    await waitFor(() => expect(byId("end-others")).toHaveFocus());
  });

  test("b44_where it cannot be told which one this is, the person names the one to keep, by keyboard", async () => {
    const { user, host } = await drawDevices("unknown");
    expect(await findById("current-unknown")).toHaveTextContent(en.devices_unknown_current());
    expect(screen.queryByText(en.devices_this_device())).toBeNull();
    byId("end-others").focus();
    await user.keyboard("{Enter}");
    await findById("keep-here");
    expect(byId("end-confirm")).toBeDisabled();
    expect(screen.queryByTestId("end-loss")).toBeNull();
    await waitFor(() => expect(byId("keep-here")).toHaveFocus());
    await user.keyboard(" ");
    expect(byId("end-confirm")).toBeEnabled();
    expect(byId("dialog")).toHaveTextContent("This ends 2 sessions and the access of 2 apps.");
    await user.tab();
    await user.tab();
    expect(byId("end-confirm")).toHaveFocus();
    await user.keyboard("{Enter}");
    await prove(user);
    await findById("sessions-result");
    expect(calls(host, "sessions_end_others").at(-1)?.args).toMatchObject({ request: { keep: "here" } });
    expect(byId("session-here")).toBeVisible();
    expect(screen.queryByTestId("session-office")).toBeNull();
  });

  test("b44_the same when only the server finds out", async () => {
    const { user, host } = await drawDevices();
    host.fail("sessions_end_others", refusal("current_session_unknown"));
    await user.click(await findById("end-others"));
    expect(screen.queryByTestId("keep-here")).toBeNull();
    await user.click(await findById("end-confirm"));
    await user.click(await findById("keep-office"));
    expect(byId("end-loss")).toHaveTextContent("Chromium on Linux");
    await user.click(byId("end-confirm"));
    await prove(user);
    await waitFor(() =>
      expect(calls(host, "sessions_end_others").at(-1)?.args).toMatchObject({ request: { keep: "office" } }),
    );
  });

  test("b44_ending one of several unknown warns that it may be this one", async () => {
    const { user } = await drawDevices("unknown");
    await user.click(await findById("session-end-office"));
    expect(await findById("perhaps-this")).toHaveTextContent(en.devices_end_perhaps_this());
  });
});

test("n25_a list that arrives after its account has gone is not drawn", async () => {
  const { host } = await drawDevices();
  await findById("session-office");
  const release = host.hold("sessions_list");
  byId("sessions-reload").click();
  const account = signedIn(NOW).account;
  if (!account) throw new Error("no account");
  host.emit(
    signedIn(NOW, { account_id: "bob0000000002", account: { ...account, user_id: "bob0000000002" } }),
  );
  await waitFor(() => expect(view()).toBe("overview"));
  release();
  host.next.sessions_list = [() => ({ current: { kind: "unknown" }, sessions: [], grants: [] })];
  byId("nav-devices").click();
  expect(await screen.findByText(en.devices_no_session())).toBeVisible();
  expect(screen.queryByTestId("session-office")).toBeNull();
});

test("a link opens it", async () => {
  await drawPage(signedIn(NOW), { page: "devices" });
  expect(await findById("session-here")).toBeVisible();
});
