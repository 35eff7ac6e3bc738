/** B7: every page, card and action in every mode of its field. What is off is not offered; a link to it says so. */
import { screen, waitFor } from "@testing-library/svelte";
import { describe, expect, test } from "vitest";

import type { AccountView, FieldAccess, Page } from "../lib/contract";
import { accountWithout, fakeAccount, signedIn } from "../lib/host/fake_states";
import { de, en } from "./messages";
import { byId, drawPage, findById, NOW, stateNamed, view } from "./page";
import { accountOf, drawSecurity, prove } from "./securing";

const MODES: readonly FieldAccess[] = [
  { access: "edit" },
  { access: "read_only", reason: "organisation" },
  { access: "read_only", reason: "server" },
  { access: "read_only", reason: "scope" },
  { access: "read_only", reason: "unsupported" },
  { access: "off" },
];
const nameOf = (mode: FieldAccess) => (mode.access === "read_only" ? mode.reason : mode.access);

interface Part {
  name: string;
  page: Page;
  account: (mode: FieldAccess) => Partial<AccountView>;
  /** The element that shows its value. */
  value: string;
  verbs: string[];
}

const fieldNamed = (key: "name" | "username" | "email" | "phone" | "password" | "profile") => {
  return (mode: FieldAccess): Partial<AccountView> => {
    const { value } = fakeAccount(NOW)[key] as { value?: unknown };
    return { [key]: mode.access === "off" ? mode : { ...mode, value } };
  };
};

const PARTS: readonly Part[] = [
  {
    name: "name",
    page: "profile",
    account: fieldNamed("name"),
    value: "value-name",
    verbs: ["edit-name"],
  },
  {
    name: "name on the overview",
    page: "overview",
    account: fieldNamed("name"),
    value: "fact-name",
    verbs: ["change-name"],
  },
  {
    name: "avatar",
    page: "profile",
    account: (mode) => ({
      avatar: mode.access === "off" ? mode : { ...mode, value: "https://example.test/a.png" },
    }),
    value: "value-avatar",
    verbs: ["edit-avatar"],
  },
  {
    name: "profile",
    page: "profile",
    account: fieldNamed("profile"),
    value: "value-nickname",
    verbs: ["edit-nickname", "edit-address"],
  },
  {
    name: "custom field",
    page: "profile",
    account: (mode) => ({
      // The server leaves out what is off.
      custom_fields: fakeAccount(NOW)
        .custom_fields.filter(() => mode.access !== "off")
        .map((field) => ({
          ...field,
          value: { ...field.value, ...mode } as (typeof field)["value"],
        })),
    }),
    value: "value-custom-department",
    verbs: ["edit-custom-department"],
  },
  ...(["username", "email", "phone"] as const).map((kind): Part => ({
    name: kind,
    page: "security",
    account: fieldNamed(kind),
    value: `value-${kind}`,
    verbs: [`change-${kind}`, `remove-${kind}`],
  })),
  {
    name: "password",
    page: "security",
    account: fieldNamed("password"),
    value: "value-password",
    verbs: ["change-password"],
  },
  {
    name: "sessions",
    page: "devices",
    account: (mode) => ({ sessions: mode }),
    value: "session-office",
    verbs: ["session-end-office", "grant-end-mail", "end-others"],
  },
  {
    name: "access tokens",
    page: "devices",
    account: (mode) => ({ access_tokens: mode }),
    value: "token-Build%20server",
    verbs: ["token-create", "token-rename-Build%20server", "token-revoke-Build%20server"],
  },
  {
    name: "linked accounts",
    page: "linked",
    account: (mode) => ({ social: mode }),
    value: "social-github",
    verbs: ["social-switch-github", "social-unlink-github", "social-link-facebook"],
  },
];

const drawWith = (change: Partial<AccountView>, page: Page) =>
  drawPage(signedIn(NOW, { account: { ...fakeAccount(NOW), ...change } }), { page });

describe.each(PARTS)("$name", ({ page, account, value, verbs }) => {
  test.each(MODES.map((mode) => [nameOf(mode), mode] as const))("b7_mode_%s", async (_, mode) => {
    await drawWith(account(mode), page);
    if (mode.access === "off") {
      await waitFor(() => expect(document.querySelector("main h1")).not.toBeEmptyDOMElement());
      expect(screen.queryByTestId(value)).toBeNull();
    } else {
      expect(await findById(value)).toBeVisible();
    }
    for (const verb of verbs) {
      if (mode.access === "edit") expect(byId(verb)).toBeEnabled();
      else expect(screen.queryByTestId(verb)).toBeNull();
    }
    // Why, and whom to contact: in the row, or at the top of its card. Overview has facts only.
    if (mode.access === "read_only" && page !== "overview") {
      expect(document.querySelector("main")).toHaveTextContent(/Ask IT/);
      expect(document.querySelector("main")).toHaveTextContent(en[`profile_reasons_${mode.reason}_tag`]());
    }
  });
});

describe("the navigation", () => {
  const offered = () => screen.getAllByTestId(/^nav-/).map((entry) => entry.dataset.testid);

  test("b7_navigation_sessions_and_tokens_off_has_no_entry", async () => {
    await drawWith({ sessions: { access: "off" }, access_tokens: { access: "off" } }, "overview");
    expect(offered()).toEqual(["nav-overview", "nav-profile", "nav-security", "nav-linked", "nav-settings"]);
  });

  test("b7_navigation_linked_accounts_off_has_no_entry", async () => {
    await drawWith({ social: { access: "off" } }, "overview");
    expect(offered()).toEqual(["nav-overview", "nav-profile", "nav-security", "nav-devices", "nav-settings"]);
  });

  test.each(["sessions", "access_tokens"] as const)("b7_navigation_%s_off_keeps_the_entry", async (field) => {
    await drawWith({ [field]: { access: "off" } }, "overview");
    expect(offered()).toContain("nav-devices");
  });

  test("b7_navigation_everything_off_has_no_empty_pages", async () => {
    const account = accountWithout(NOW);
    const { host } = await drawPage(signedIn(NOW, { account }), {
      prepare: (made) => (made.organisation.memberships = { organizations: [], roles: [] }),
    });
    await waitFor(() => expect(host.calls.map(({ command }) => command)).toContain("memberships"));
    await waitFor(() => expect(offered()).toEqual(["nav-overview", "nav-settings"]));
  });

  test("b7_navigation_memberships_alone_offer_profile", async () => {
    const { user } = await drawPage(signedIn(NOW, { account: accountWithout(NOW) }));
    await user.click(await findById("nav-profile"));
    expect(await findById("organization-choir")).toBeVisible();
    expect(screen.queryByTestId("not-offered")).toBeNull();
  });

  test("b7_navigation_empty_read_only_account_has_no_pages", async () => {
    const account: AccountView = {
      ...accountWithout(NOW),
      name: { access: "read_only", value: null, reason: "organisation" },
      profile: { access: "read_only", value: null, reason: "organisation" },
      password: { access: "read_only", value: false, reason: "organisation" },
    };
    await drawPage(signedIn(NOW, { account }), {
      prepare: (made) => (made.organisation.memberships = { organizations: [], roles: [] }),
    });
    expect(offered()).toEqual(["nav-overview", "nav-settings"]);
  });
});

describe("a link to what is off", () => {
  test.each(["devices", "linked", "security", "profile"] as const)(
    "b7_link_to_%s_off_says_what_it_is_and_whom_to_ask",
    async (page) => {
      const { host, user } = await drawPage(signedIn(NOW, { account: accountWithout(NOW) }), {
        prepare: (made) => (made.organisation.memberships = { organizations: [], roles: [] }),
      });
      host.navigate(page);
      expect(await findById("not-offered")).toHaveTextContent(en.not_offered_title());
      expect(byId("not-offered")).toHaveTextContent(/ask IT/);
      expect(screen.getByRole("heading", { level: 1, name: en[`views_${page}`]() })).toBeVisible();
      expect(document.querySelector("main")).toHaveTextContent(en[`not_offered_what_${page}`]());
      expect(document.title).toBe(en.window_title({ view: en[`views_${page}`]() }));
      expect(host.calls.map(({ command }) => command)).not.toContain("sessions_list");
      expect(host.calls.map(({ command }) => command)).not.toContain("access_tokens_list");
      expect(host.calls.map(({ command }) => command)).not.toContain("social_list");
      await user.click(byId("to-overview"));
      await waitFor(() => expect(view()).toBe("overview"));
    },
  );

  test("b7_link_to_what_is_off_speaks_german", async () => {
    await drawPage(stateNamed("not_offered"), { page: "devices", languages: ["de-AT"] });
    expect(await findById("not-offered")).toHaveTextContent(de.not_offered_body());
  });

  test("b7_open_page_switched_off_says_so", async () => {
    const { host } = await drawPage(signedIn(NOW), { page: "devices" });
    await findById("session-office");
    host.emit(stateNamed("not_offered"));
    expect(await findById("not-offered")).toBeVisible();
    expect(screen.queryByTestId("session-office")).toBeNull();
  });

  test("b7_list_refused_by_the_server_says_it_is_off", async () => {
    await drawPage(signedIn(NOW), {
      page: "devices",
      prepare: (host) => host.fail("sessions_list", { code: "field_not_editable", message: "m" }),
    });
    expect(await findById("notice")).toHaveTextContent(en.not_offered_body());
    expect(byId("notice")).not.toHaveTextContent(en.errors_field_not_editable_title());
    expect(screen.queryByTestId("retry")).toBeNull();
  });
});

describe("what leads from one page to another", () => {
  test.each(MODES.map((mode) => [nameOf(mode), mode] as const))(
    "b7_change_done_sessions_%s_offers_ending_if_allowed",
    async (_name, sessions) => {
      const { user } = await drawSecurity({ sessions });
      await user.click(byId("remove-phone"));
      await user.click(await findById("removal-confirm"));
      await prove(user);
      await findById("security-result");
      const offered = screen.queryByTestId("everywhere-else") !== null;
      expect(offered).toBe(sessions.access === "edit");
      expect(byId("security-result").textContent?.includes(en.security_elsewhere_offer())).toBe(offered);
    },
  );

  test("b17_next_steps_locked_fields_are_not_offered", async () => {
    const account: Partial<AccountView> = {
      ...accountOfLastWay(),
      password: { access: "off" },
      username: { access: "read_only", value: null, reason: "organisation" },
    };
    const { user, host } = await drawSecurity(account);
    host.security.nextSteps = ["set_password", "set_username", "add_phone"];
    await user.click(byId("remove-email"));
    await user.click(await findById("removal-confirm"));
    await findById("last-way");
    expect(screen.getAllByTestId(/^next-/).map((step) => step.dataset.testid)).toEqual(["next-add_phone"]);
  });

  test("b17_next_steps_none_possible_names_it", async () => {
    const { user, host } = await drawSecurity({ ...accountOfLastWay(), code_routes: ["email"] });
    host.security.nextSteps = ["add_phone"];
    await user.click(byId("remove-email"));
    await user.click(await findById("removal-confirm"));
    expect(await findById("last-way")).toHaveTextContent(en.security_last_way_ask_organisation());
    expect(screen.queryByTestId(/^next-/)).toBeNull();
  });

  const accountOfLastWay = (): Partial<AccountView> => {
    const state = stateNamed("last_way");
    return state.kind === "signed_in" && state.account ? state.account : {};
  };
});

describe("where no codes are sent", () => {
  test("b7_address_without_codes_can_only_be_removed", async () => {
    const { user, host } = await drawSecurity({ code_routes: ["email"] });
    expect(byId("change-email")).toBeEnabled();
    expect(screen.queryByTestId("change-phone")).toBeNull();
    expect(document.querySelector("main")).toHaveTextContent(en.security_no_codes_phone());
    await user.click(byId("remove-phone"));
    await user.click(await findById("removal-confirm"));
    await prove(user);
    await waitFor(() => expect(accountOf(host).phone).toMatchObject({ value: null }));
    await waitFor(() => expect(screen.queryByTestId("value-phone")).toBeNull());
  });
});
