/** Every view of the router: accessible, named, in the user's language, without anything the policy forbids. */
import axe from "axe-core";
import { describe, expect, test } from "vitest";

import { SESSIONS } from "../lib/host/fake_sessions";
import { STATES } from "../lib/host/fake_states";
import { VIEW_IDS, VIEWS, viewOf } from "../views/router";
import { byId, drawPage, findById, NOW, settled, stateNamed, view } from "./page";

/** The situation of the stand-in that shows a view. */
const SITUATIONS: Record<(typeof VIEW_IDS)[number], string> = {
  starting: "starting",
  no_server: "no_server",
  signed_out: "signed_out",
  signing_in: "signing_in",
  insufficient_scope: "insufficient_scope",
  problem: "problem",
  overview: "signed_in",
  profile: "signed_in",
  security: "signed_in",
  linked: "signed_in",
  devices: "signed_in",
  settings: "signed_in",
  not_offered: "not_offered",
};

/** jsdom draws nothing, so colours are left to the same check in the real window. */
const violations = async () => {
  const result = await axe.run(document, { rules: { "color-contrast": { enabled: false } } });
  return result.violations.map((found) => `${found.id}: ${found.nodes.map((node) => node.html).join(" ")}`);
};

test("the list has every view once, each with a state that shows it", () => {
  expect(VIEWS.map((entry) => entry.id)).toEqual([...VIEW_IDS]);
  for (const entry of VIEWS) {
    const state = stateNamed(SITUATIONS[entry.id]);
    expect(state.kind).toBe(entry.needs);
    const notice = state.kind === "signed_out" ? state.notice : null;
    if (entry.code) expect(notice).toBe(entry.code);
    expect(viewOf(state, entry.page ?? "overview", notice)).toBe(entry.id);
  }
});

describe.each(VIEWS)("$id", ({ id, page }) => {
  test.each(["en", "de"] as const)(
    "n28_has no violation, one heading and a title in %s",
    async (language) => {
      await drawPage(stateNamed(SITUATIONS[id]), {
        ...(page ? { page } : {}),
        prepare: (host) => (host.settings = { ...host.settings, language }),
      });
      expect(view()).toBe(id);
      expect(document.querySelectorAll("main h1, main")).toHaveLength(2);
      expect(document.documentElement.lang).toBe(language);
      expect(document.title).toMatch(/^.+ – Latchkey$/);
      expect(byId("status")).toHaveAttribute("aria-live", "polite");
      expect(document.querySelectorAll("[style]")).toHaveLength(0);
      expect(await violations()).toEqual([]);
    },
  );
});

test.each(Object.keys(STATES))("n28_the situation “%s” has no violation", async (name) => {
  await drawPage(stateNamed(name));
  await settled();
  expect(document.querySelectorAll("h1")).toHaveLength(1);
  expect(await violations()).toEqual([]);
});

const DIALOGS = [
  "name",
  "avatar",
  "birthdate",
  "zoneinfo",
  "address",
  "custom-desk",
  "custom-joined",
  "custom-newsletter",
  "custom-meal",
];

test.each(DIALOGS)("n28_the dialog of “%s” has no violation", async (field) => {
  const { user } = await drawPage(stateNamed("signed_in"), { page: "profile" });
  await user.click(byId(`edit-${field}`));
  expect(await findById("dialog")).toHaveAccessibleName();
  expect(await violations()).toEqual([]);
});

test.each(Object.keys(SESSIONS))("n28_the devices “%s” have no violation", async (name) => {
  await drawPage(stateNamed("signed_in"), {
    page: "devices",
    prepare: (host) => {
      const sessions = SESSIONS[name];
      if (sessions) host.sessions.view = sessions(NOW);
    },
  });
  await findById("sessions-reload");
  expect(await violations()).toEqual([]);
});

test("n28_ending a session and each step of proving it have no violation", async () => {
  const { user, host } = await drawPage(stateNamed("signed_in"), {
    page: "devices",
    prepare: (made) => (made.sessions.view = { ...made.sessions.view, current: { kind: "unknown" } }),
  });
  const check = async (id: string) => {
    expect(await findById(id)).toHaveAccessibleName();
    expect(await violations()).toEqual([]);
  };
  await user.click(await findById("end-others"));
  await check("dialog");
  await user.click(byId("keep-office"));
  await check("dialog");
  await user.click(byId("end-confirm"));
  await check("step-up");
  await user.click(byId("step-up-method-password"));
  await user.type(await findById("input-password"), "wrong{Enter}");
  await findById("step-up-error");
  await check("step-up");
  await user.click(byId("step-up-other"));
  await user.click(await findById("step-up-method-email"));
  await user.type(await findById("input-code"), "000000");
  await findById("step-up-error");
  await check("step-up");
  await user.click(byId("step-up-other"));
  await user.click(await findById("step-up-method-browser"));
  await findById("step-up-waiting");
  await check("step-up");
  host.stepUp.finishBrowser();
  await findById("sessions-result");
  expect(await violations()).toEqual([]);
});

describe("the theme", () => {
  test.each([
    ["light", false, "light"],
    ["dark", false, "dark"],
    ["system", true, "dark"],
    ["system", false, "light"],
  ] as const)("%s on a system that is dark: %s", async (theme, dark, expected) => {
    const { app } = await drawPage(stateNamed("signed_in"), {
      prepare: (host) => (host.settings = { ...host.settings, theme }),
    });
    app.systemDark = dark;
    await settled();
    expect(document.documentElement.dataset.theme).toBe(expected);
  });

  test("takes the organisation's colour, corrected", async () => {
    await drawPage(stateNamed("branded"), {
      prepare: (host) => (host.settings = { ...host.settings, theme: "light" }),
    });
    const accent = document.documentElement.style.getPropertyValue("--accent");
    expect(accent).toMatch(/^#[0-9a-f]{6}$/);
    expect(accent).not.toBe("#ffcc00");
  });
});
