/** Before there is an account: starting, choosing a server, signing in, and what goes wrong. */
import { screen, waitFor } from "@testing-library/svelte";
import { describe, expect, test, vi } from "vitest";

import type { Code } from "../lib/contract";
import { fakeServer, signedIn } from "../lib/host/fake_states";
import { de, en } from "./messages";
import { byId, drawPage, findById, NOW, settled, stateNamed, view } from "./page";

const signedOut = (notice: Code | null = null) =>
  ({ kind: "signed_out", server: fakeServer(), notice }) as const;

describe("starting", () => {
  test("shows nothing for 150 ms, then a skeleton", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    await drawPage(stateNamed("starting"));
    await vi.advanceTimersByTimeAsync(140);
    expect(screen.queryByTestId("skeleton")).toBeNull();
    await vi.advanceTimersByTimeAsync(20);
    expect(byId("skeleton")).toBeVisible();
  });

  test("says that the keyring is being waited for", async () => {
    const { host } = await drawPage(stateNamed("starting"));
    host.emit({ kind: "starting", waiting_for_keyring: true });
    expect(await screen.findByRole("heading", { name: en.starting_keyring_title() })).toBeVisible();
  });

  test("an app that cannot be asked is said, and can be asked again", async () => {
    const { user } = await drawPage(stateNamed("signed_in"), {
      // It is requested at once and again when the page listens: only when both fail is there nothing to draw.
      prepare: (host) => {
        for (let time = 0; time < 2; time++) host.fail("app_state", { code: "internal", message: "m" });
      },
    });
    expect(view()).toBe("problem");
    await user.click(byId("retry"));
    expect(await findById("account-name")).toHaveTextContent("Alice Example");
  });

  test("listens before it asks, so that no state is missed", async () => {
    await drawPage(stateNamed("starting"), {
      prepare: (host) => {
        host.next.app_state = [
          () => {
            const before = host.state;
            host.emit(signedIn(NOW));
            return before;
          },
        ];
      },
    });
    expect(await findById("account-name")).toHaveTextContent("Alice Example");
  });
});

describe("no server", () => {
  test("takes one address by keyboard and goes on to sign-in", async () => {
    const { user, host } = await drawPage(stateNamed("no_server"));
    byId("server-url").focus();
    await user.keyboard(" https://settings.example.test/api {Enter}");
    await waitFor(() => expect(view()).toBe("signed_out"));
    expect(host.calls.find((call) => call.command === "settings_set_server")?.args).toEqual({
      url: "https://settings.example.test/api",
    });
  });

  test.each(["server_url_invalid", "server_not_latchkey", "server_not_trusted", "offline"] as const)(
    "%s has its own words and keeps what was typed",
    async (code) => {
      const { user, host } = await drawPage(stateNamed("no_server"));
      host.fail("settings_set_server", { code, message: "m" });
      await user.type(byId("server-url"), "https://elsewhere.example.test");
      await user.click(byId("save-server"));
      expect(await findById("notice")).toHaveTextContent(en[`errors_${code}_title`]());
      expect(byId("server-url")).toHaveValue("https://elsewhere.example.test");
      expect(view()).toBe("no_server");
    },
  );
});

describe("signed out", () => {
  test("says for whom, where, and who decided", async () => {
    await drawPage(signedOut());
    expect(screen.getByText(en.sign_in_lead({ organisation: "Example Corp" }))).toBeVisible();
    expect(screen.getByText("settings.example.test")).toBeVisible();
    expect(screen.getByText(/managed by your organisation/)).toBeVisible();
    expect(screen.queryByTestId("notice")).toBeNull();
  });

  test.each([
    "session_ended",
    "sign_in_cancelled",
    "sign_in_denied",
    "sign_in_timed_out",
    "sign_in_mismatch",
    "sign_in_start_again",
    "offline",
    "browser_unavailable",
  ] as const)("%s has its own words beside the button", async (code) => {
    await drawPage(signedOut(code));
    expect(byId("notice")).toHaveTextContent(en[`errors_${code}_title`]());
    expect(byId("notice")).toHaveTextContent(en[`errors_${code}_body`]());
    expect(byId("sign-in")).toBeEnabled();
  });

  test.each([
    "insufficient_scope",
    "account_suspended",
    "server_not_trusted",
    "server_not_latchkey",
  ] as const)("%s has a view of its own, with what to tell IT and a next step", async (code) => {
    await drawPage(signedOut(code));
    expect(view()).toBe(code === "insufficient_scope" ? code : "problem");
    expect(screen.getByRole("heading", { level: 1, name: en[`errors_${code}_title`]() })).toBeVisible();
    expect(byId("notice")).toHaveTextContent(en[`errors_${code}_body`]());
    expect(screen.getByText("https://settings.example.test/api")).toBeVisible();
    expect(byId("sign-in")).toHaveTextContent(en.common_try_again());
    expect(byId("nav-settings")).toBeVisible();
  });

  test.each([
    ["clock_wrong", { kind: "clock_off", minutes: -5 }, "This computer's clock is about 5 minutes behind."],
    ["clock_wrong", { kind: "clock_off", minutes: 1 }, "This computer's clock is about 1 minute ahead."],
    ["clock_wrong", { kind: "clock_off", minutes: 120 }, "This computer's clock is about 2 hours ahead."],
    ["clock_wrong", { kind: "clock_off", minutes: -2880 }, "This computer's clock is about 2 days behind."],
    [
      "certificate_untrusted",
      { kind: "certificate", host: "id.example.test", issuer: "Example Company CA" },
      "The certificate of id.example.test was issued by “Example Company CA”.",
    ],
    [
      "certificate_expired",
      { kind: "certificate", host: "id.example.test", issuer: null },
      "The certificate is that of id.example.test.",
    ],
  ] as const)("the detail of %s is said after its words", async (code, detail, sentence) => {
    const { user, host } = await drawPage(signedOut());
    host.fail("sign_in", { code, message: "m", detail });
    await user.click(byId("sign-in"));
    expect(await findById("notice")).toHaveTextContent(en[`errors_${code}_title`]());
    expect(byId("notice")).toHaveTextContent(sentence);
  });

  test("hints at http on this machine and at a pinned resource", async () => {
    await drawPage(stateNamed("insecure"));
    expect(byId("insecure")).toHaveTextContent(en.server_insecure());
    expect(byId("pinned")).toHaveTextContent("https://settings.example.test/pinned");
  });

  test("a failed sign-in is said, and forgotten with the next try", async () => {
    const { user, host } = await drawPage(signedOut());
    host.fail("sign_in", { code: "sign_in_failed", message: "m", request_id: "req-9" });
    await user.click(byId("sign-in"));
    expect(await findById("notice")).toHaveTextContent(en.errors_sign_in_failed_title());
    expect(byId("notice")).toHaveTextContent("req-9");
    const release = host.hold("sign_in");
    await user.click(byId("sign-in"));
    expect(screen.queryByTestId("notice")).toBeNull();
    release();
  });

  test("speaks German where the system does", async () => {
    await drawPage(signedOut(), { languages: ["de-AT", "en"] });
    expect(byId("sign-in")).toHaveTextContent(de.sign_in_button());
    expect(document.documentElement.lang).toBe("de");
  });
});

describe("signing in", () => {
  test("by keyboard: from the button to the account, the focus going along", async () => {
    const { user } = await drawPage(signedOut());
    byId("sign-in").focus();
    await user.keyboard("{Enter}");
    await waitFor(() => expect(view()).toBe("signing_in"));
    await waitFor(() => expect(screen.getByRole("heading", { level: 1 })).toHaveFocus());
    await user.tab();
    expect(byId("sign-in-reopen")).toHaveFocus();
    await user.keyboard("{Enter}");
    expect(await findById("account-name")).toHaveTextContent("Alice Example");
  });

  test("says to finish in the browser, copies the link without showing it, and can be cancelled", async () => {
    const { user, host } = await drawPage(stateNamed("signing_in"));
    expect(screen.getByRole("heading", { name: en.sign_in_waiting_for_browser_title() })).toBeVisible();
    await user.click(byId("sign-in-copy"));
    await waitFor(() => expect(byId("status")).toHaveTextContent(en.sign_in_copied()));
    host.fail("sign_in_copy_link", { code: "clipboard_unavailable", message: "m" });
    await user.click(byId("sign-in-copy"));
    expect(await findById("notice")).toHaveTextContent(en.errors_clipboard_unavailable_title());
    await user.click(byId("sign-in-cancel"));
    await waitFor(() => expect(view()).toBe("signed_out"));
    expect(byId("notice")).toHaveTextContent(en.errors_sign_in_cancelled_title());
  });

  test.each(["preparing", "waiting_for_browser", "finishing"] as const)(
    "%s has a word after 2 s, and a way out from the first moment",
    async (stage) => {
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      await drawPage({ kind: "signing_in", server: fakeServer(), stage });
      expect(byId("sign-in-cancel")).toBeEnabled();
      await vi.advanceTimersByTimeAsync(1_900);
      expect(screen.queryByText(en[`sign_in_slow_${stage}`]())).toBeNull();
      await vi.advanceTimersByTimeAsync(200);
      expect(screen.getByText(en[`sign_in_slow_${stage}`]())).toBeVisible();
    },
  );

  test("each stage begins its own waiting and is said", async () => {
    const { host } = await drawPage({ kind: "signing_in", server: fakeServer(), stage: "preparing" });
    host.emit({ kind: "signing_in", server: fakeServer(), stage: "finishing" });
    await waitFor(() => expect(byId("status")).toHaveTextContent(en.sign_in_finishing_title()));
    expect(screen.queryByTestId("sign-in-reopen")).toBeNull();
    await settled();
  });
});
