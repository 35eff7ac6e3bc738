/** N26: everything from a server is text. It never becomes markup, and its messages are never shown. */
import { screen, waitFor } from "@testing-library/svelte";
import { describe, expect, test } from "vitest";

import type { AccountView, AppState, Code, CommandError } from "../lib/contract";
import { fakeSessions } from "../lib/host/fake_sessions";
import { NOTHING, SOCIAL } from "../lib/host/fake_social_lists";
import { fakeAccount, fakeServer, signedIn } from "../lib/host/fake_states";
import { byId, drawPage, everyText, findById, NOW } from "./page";

const PAYLOAD = `"'><img src=x onerror="window.hit=1"><script>window.hit=1</script><b data-evil>x</b>`;
const MESSAGE = `${PAYLOAD} server words`;

/** Replaces every text in a value; unions keep their tags. */
function poison<T>(value: T): T {
  if (typeof value === "string") return `${PAYLOAD}${value}` as T;
  if (Array.isArray(value)) return value.map(poison) as T;
  if (typeof value === "object" && value !== null) {
    const kept = new Set([
      "access",
      "reason",
      "kind",
      "with",
      "code_routes",
      "source",
      "theme",
      "language",
      "browser_return",
    ]);
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, kept.has(key) ? inner : poison(inner)]),
    ) as T;
  }
  return value;
}

function poisonedAccount(): AccountView {
  const account = poison(fakeAccount(NOW));
  if (account.profile.access === "edit" && account.profile.value) account.profile.value.middle_name = PAYLOAD;
  account.avatar = { access: "edit", value: `https://example.test/${PAYLOAD}` };
  return account;
}

function poisonedServer() {
  return {
    ...poison(fakeServer()),
    insecure: true,
    pinned_resource: PAYLOAD,
    branding: {
      primary_color: `red;background:url(//evil.example)${PAYLOAD}`,
      dark_primary_color: PAYLOAD,
      logo_url: `https://example.test/${PAYLOAD}`,
      dark_logo_url: PAYLOAD,
    },
  };
}

const poisonedState = (change: Partial<Extract<AppState, { kind: "signed_in" }>> = {}): AppState => {
  const account = poisonedAccount();
  return signedIn(NOW, { account, account_id: account.user_id, server: poisonedServer(), ...change });
};

function expectNoMarkup() {
  expect("hit" in window).toBe(false);
  expect(
    document.querySelectorAll("[data-evil], [onerror], body script, iframe, object, embed, a[href]"),
  ).toHaveLength(0);
  for (const image of document.querySelectorAll("img")) {
    expect(image.getAttribute("src")).toMatch(/^data:image\/(png|jpeg|gif|webp|avif);base64,/);
  }
  expect(document.documentElement.getAttribute("style") ?? "").not.toContain("evil");
}

const refusal = (code: Code): CommandError => ({
  code,
  message: MESSAGE,
  field: PAYLOAD,
  request_id: PAYLOAD,
});

describe("whatever a server says", () => {
  test.each(["overview", "profile", "settings"] as const)(
    "a hostile account stays text on %s",
    async (page) => {
      await drawPage(poisonedState(), {
        page,
        prepare: (host) => {
          host.settings = poison({ ...host.settings, version: "1" });
        },
      });
      await findById(page === "overview" ? "fact-name" : page === "profile" ? "value-name" : "version");
      expect(everyText().join("\n")).toContain("<img src=x onerror=");
      expectNoMarkup();
    },
  );

  test("n26_a hostile account stays text in each dialog", async () => {
    const { user } = await drawPage(poisonedState(), { page: "profile" });
    await findById("value-name");
    for (const field of [
      "name",
      "avatar",
      "given_name",
      "birthdate",
      "website",
      "address",
      "locale",
      "zoneinfo",
    ]) {
      await user.click(byId(`edit-${field}`));
      await findById("dialog");
      expectNoMarkup();
      await user.click(byId("discard"));
    }
  });

  test("n26_a hostile account stays text on security, in each dialog and in what came of it", async () => {
    const { user, host } = await drawPage(poisonedState(), { page: "security" });
    const account = poisonedAccount();
    account.email = { access: "edit", value: PAYLOAD };
    account.sign_in_ways = [
      { kind: "social", target: PAYLOAD, name: PAYLOAD },
      { kind: "enterprise", name: PAYLOAD },
      { kind: "email_code" },
    ];
    host.emit(poisonedState({ account }));
    await waitFor(() => expect(byId("sign-in-ways")).toHaveTextContent("<img src=x onerror="));
    for (const kind of ["username", "email", "phone"]) {
      await user.click(byId(`change-${kind}`));
      await findById("dialog");
      expectNoMarkup();
      await user.keyboard("{Escape}");
      await user.click(byId(`remove-${kind}`));
      expect(await findById("dialog")).toHaveTextContent("<img src=x onerror=");
      expectNoMarkup();
      await user.keyboard("{Escape}");
    }
    host.next.email_set = [
      () => ({
        kind: "done",
        answer: { transaction: PAYLOAD, masked: PAYLOAD, expires_in: 600, resend_in: 0 },
      }),
    ];
    await user.click(byId("change-email"));
    await user.type(await findById("input-email"), "new@example.test{Enter}");
    await findById("input-code");
    expect(byId("dialog")).toHaveTextContent("<img src=x onerror=");
    host.fail("email_confirm", refusal("internal"));
    await user.type(byId("input-code"), "246810");
    expect(await findById("address-error")).toHaveTextContent("<img src=x onerror=");
    expect(everyText().join("\n")).not.toContain("server words");
    expectNoMarkup();
    host.next.email_confirm = [() => account];
    await user.click(byId("address-confirm"));
    expect(await findById("security-result")).toHaveTextContent("<img src=x onerror=");
    expectNoMarkup();
  });

  test("n26_hostile rules and refusals of a password stay text", async () => {
    const { user, host } = await drawPage(poisonedState(), {
      page: "security",
      prepare: (made) => {
        made.security.rules = { ...made.security.rules, rejected_words: [PAYLOAD, PAYLOAD.toUpperCase()] };
      },
    });
    await user.click(await findById("change-password"));
    expect(await findById("rule-words")).toHaveTextContent("<img src=x onerror=");
    expectNoMarkup();
    host.fail("password_update", {
      ...refusal("password_rejected"),
      detail: {
        kind: "password_issues",
        issues: [{ kind: PAYLOAD } as never, { kind: "too_short", min: PAYLOAD as never }],
      },
    });
    await user.type(byId("input-new-password"), "Tulip-Harbour-92{Enter}");
    expect(await findById("rule-other")).toHaveAttribute("data-mark", "broken");
    expect(everyText().join("\n")).not.toContain("server words");
    expectNoMarkup();
  });

  test("n26_hostile devices and apps stay text, in the list, in each dialog and in the result", async () => {
    const { user, host } = await drawPage(poisonedState(), {
      page: "devices",
      prepare: (made) => {
        const { sessions, grants } = fakeSessions(NOW);
        const payload = <T extends { id: string }>(entry: T): T => ({ ...poison(entry), id: entry.id });
        made.sessions.view = {
          current: { kind: "known", id: "here" },
          sessions: sessions.map((entry) => ({
            ...payload(entry),
            device: { kind: "computer", browser: PAYLOAD, system: PAYLOAD },
          })),
          grants: grants.map((entry) => ({ ...payload(entry), session: entry.session })),
        };
        made.sessions.stubborn = ["pocket", "mail"];
        made.stepUp.methods = [{ kind: "browser" }, { kind: "email", masked: PAYLOAD }];
      },
    });
    await findById("session-office");
    expect(everyText().join("\n")).toContain("<img src=x onerror=");
    expectNoMarkup();
    for (const id of ["session-end-office", "grant-end-mail", "end-others"]) {
      await user.click(byId(id));
      expect(await findById("dialog")).toHaveTextContent("<img src=x onerror=");
      expectNoMarkup();
      await user.click(byId("end-cancel"));
    }
    await user.click(byId("end-others"));
    await user.click(await findById("end-confirm"));
    expect(await findById("step-up-method-email")).toHaveTextContent("<img src=x onerror=");
    await user.click(byId("step-up-method-browser"));
    await findById("step-up-waiting");
    host.stepUp.failBrowser({
      code: "step_up_other_person",
      message: MESSAGE,
      detail: { kind: "other_person", name: PAYLOAD },
    });
    expect(await findById("step-up-error")).toHaveTextContent("<img src=x onerror=");
    expectNoMarkup();
    await user.click(byId("step-up-method-browser"));
    await findById("step-up-waiting");
    host.stepUp.finishBrowser();
    expect(await findById("sessions-remaining")).toHaveTextContent("<img src=x onerror=");
    expect(everyText().join("\n")).not.toContain("server words");
    expectNoMarkup();
  });

  test("n26_hostile linked accounts stay text, in the list, in each dialog and in the result", async () => {
    const { user, host } = await drawPage(poisonedState(), {
      page: "linked",
      prepare: (made) => {
        const { accounts, providers } = SOCIAL.usual?.(NOW) ?? NOTHING;
        const former = SOCIAL.former?.(NOW).former ?? [];
        const payload = <T extends { target: string }>(entry: T): T => ({
          ...poison(entry),
          ...{ target: entry.target, logo: `https://example.test/${PAYLOAD}`, dark_logo: PAYLOAD },
        });
        made.social.lists = {
          ...NOTHING,
          accounts: accounts.map(payload),
          providers: providers.map((entry) => ({ ...payload(entry), linking: entry.linking })),
          former: former.map(payload),
        };
        made.stepUp.methods = [{ kind: "browser" }, { kind: "password" }];
      },
    });
    await findById("social-github");
    expect(everyText().join("\n")).toContain("<img src=x onerror=");
    expectNoMarkup();
    for (const id of [
      /^social-switch-github/,
      /^social-unlink-github/,
      /^social-restore-/,
      /^social-forget-/,
    ]) {
      await user.click(screen.getAllByTestId(id)[0] ?? document.body);
      expect(await findById("dialog")).toHaveTextContent("<img src=x onerror=");
      expectNoMarkup();
      await user.click(byId("social-cancel"));
    }
    host.fail("social_link_begin", refusal("social_declined"));
    await user.click(byId("social-link-facebook"));
    expect(await findById("social-failure")).toHaveTextContent("<img src=x onerror=");
    await user.click(byId("social-again"));
    expect(await findById("step-up")).toHaveTextContent("<img src=x onerror=");
    expectNoMarkup();
    await user.click(byId("step-up-method-browser"));
    await findById("step-up-waiting");
    host.stepUp.finishBrowser();
    expect(await findById("social-waiting")).toHaveTextContent("<img src=x onerror=");
    host.social.finish({ name: PAYLOAD, logo: PAYLOAD, dark_logo: PAYLOAD });
    expect(await findById("social-result")).toHaveTextContent("<img src=x onerror=");
    expect(everyText().join("\n")).not.toContain("server words");
    expectNoMarkup();
  });

  test("n26_a hostile server stays text on the sign-in screen, while signing in and in the way", async () => {
    for (const state of [
      { kind: "signed_out", server: poisonedServer(), notice: null },
      { kind: "signed_out", server: poisonedServer(), notice: "server_not_trusted" },
      { kind: "signed_out", server: poisonedServer(), notice: "insufficient_scope" },
      { kind: "signing_in", server: poisonedServer(), stage: "waiting_for_browser" },
    ] satisfies AppState[]) {
      const { unmount } = await drawPage(state);
      expect(everyText().join("\n")).toContain("<img src=x onerror=");
      expectNoMarkup();
      unmount();
    }
  });

  test("n26_a code that this page does not know is shown in its own words", async () => {
    await drawPage({ kind: "signed_out", server: fakeServer(), notice: PAYLOAD as Code });
    expect(byId("notice")).toHaveTextContent("Something went wrong");
    expectNoMarkup();
  });

  test.each(["internal", "invalid_value", "rate_limited", "upstream_failed"] as const)(
    "the message of a refusal (%s) is never shown",
    async (code) => {
      const { host, user } = await drawPage(signedIn(NOW), { page: "profile" });
      await user.click(await findById("edit-name"));
      await user.type(await findById("input-name"), "x");
      host.fail("account_update", refusal(code));
      await user.click(byId("save-name"));
      await screen.findByRole("alert");
      expect(everyText().join("\n")).not.toContain("server words");
      expectNoMarkup();
    },
  );

  test("n26_a conflict with a hostile value stays text", async () => {
    const { host, user } = await drawPage(signedIn(NOW), { page: "profile" });
    await user.click(await findById("edit-name"));
    await user.type(await findById("input-name"), "x");
    const present = { ...fakeAccount(NOW), name: { access: "edit" as const, value: PAYLOAD } };
    host.fail("account_update", {
      code: "conflict",
      message: MESSAGE,
      detail: { kind: "conflict", fields: ["name"], present },
    });
    await user.click(byId("save-name"));
    expect(await findById("conflict")).toHaveTextContent("<img src=x onerror=");
    expect(everyText().join("\n")).not.toContain("server words");
    expectNoMarkup();
  });

  test.each([
    "https://evil.example/track.png",
    "javascript:alert(1)",
    "data:text/html;base64,PGI+",
    "data:image/svg+xml;base64,PHN2Zz4=",
    `data:image/png;base64,AA==" onerror="window.hit=1`,
  ])("a picture that is not a raster data URL is not drawn: %s", async (answer) => {
    const state = signedIn(NOW);
    if (state.account) state.account.avatar = { access: "edit", value: "https://example.test/a.png" };
    const { container, app } = await drawPage(state, {
      prepare: (made) => (made.next.picture = [() => answer, () => answer, () => answer]),
    });
    await findById("fact-name");
    await waitFor(() => expect(app.pictures.get("https://example.test/a.png")).toEqual({ kind: "failed" }));
    expect(container.querySelector("img")).toBeNull();
    expect(container.querySelector(".avatar")).toHaveTextContent("AE");
  });
});
