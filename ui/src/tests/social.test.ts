/** Linked accounts: what is shown of each, the providers, and what may be done with them. */
import { fireEvent, screen, waitFor } from "@testing-library/svelte";
import { describe, expect, test, vi } from "vitest";
import { NOTHING, SOCIAL } from "../lib/host/fake_social_lists";
import { PICTURE } from "../lib/host/fake_states";
import { de, en } from "./messages";
import { byId, drawPage, findById, NOW, stateNamed, view } from "./page";
import { calls, drawSocial, nothingOf, parts, refusal, violations } from "./social";

const DAY = 86_400_000;

describe("the list", () => {
  test("says of each whose it is, and since when", async () => {
    await drawSocial();
    await findById("social-github");
    expect(parts("social-github")).toEqual([
      "GitHub",
      "Alice Example",
      "alice@github.example.test",
      "Linked 11 April",
    ]);
    expect(parts("social-google")).toEqual([
      "Google",
      "alice@google.example.test",
      "Linked yesterday at 09:30",
    ]);
    expect(screen.queryByText(en.social_no_sign_in())).toBeNull();
  });

  test("never makes what a provider says look verified", async () => {
    await drawSocial();
    expect(await findById("social-accounts")).toHaveTextContent(en.social_unverified());
    expect(document.querySelectorAll("main .tag.good")).toHaveLength(0);
  });

  test("says with which one cannot sign in, and why", async () => {
    await drawSocial("states");
    expect(await findById("social-discord")).toHaveTextContent(en.social_no_sign_in());
    expect(byId("social-discord")).toHaveTextContent(en.social_sign_in_not_offered());
    expect(byId("social-orkut")).toHaveTextContent(en.social_no_sign_in());
    expect(byId("social-orkut")).toHaveTextContent(en.social_provider_gone());
    expect(parts("social-orkut")[0]).toBe("orkut");
    expect(parts("social-wechat")).toEqual(["WeChat"]);
    expect(screen.getAllByText(en.social_no_sign_in())).toHaveLength(2);
  });

  test("each control says of which provider it is", async () => {
    await drawSocial();
    expect(await findById("social-switch-github")).toHaveAccessibleName("Switch account at GitHub");
    expect(byId("social-unlink-github")).toHaveAccessibleName("Unlink GitHub");
    expect(byId("social-unlink-github")).toHaveAccessibleDescription(/alice@github\.example\.test/);
    expect(byId("social-link-facebook")).toHaveAccessibleName("Link Facebook");
    expect(document.querySelectorAll("button.danger")).toHaveLength(0);
  });

  test("offers to switch only where it can be linked here", async () => {
    await drawSocial("states");
    expect(await findById("social-switch-github")).toBeEnabled();
    for (const target of ["apple", "discord", "orkut", "wechat"]) {
      nothingOf(`social-switch-${target}`);
      expect(byId(`social-unlink-${target}`)).toBeEnabled();
    }
  });

  test("providers that cannot be linked here say why", async () => {
    await drawSocial("states");
    expect(await findById("provider-gitlab")).toHaveTextContent(en.social_at_sign_in());
    expect(byId("provider-alipay")).toHaveTextContent(en.social_on_phone());
    nothingOf("social-link-gitlab");
    nothingOf("social-link-alipay");
    expect(byId("social-link-google")).toBeEnabled();
    // Linked already, so above.
    nothingOf("provider-github");
    nothingOf("provider-apple");
  });

  test("that is whole has no card of further providers", async () => {
    await drawSocial("usual", {
      prepare: ({ social }) => {
        const providers = social.lists.providers.filter(({ target }) => target.startsWith("g"));
        social.lists = { ...social.lists, providers };
      },
    });
    await findById("social-github");
    nothingOf("social-providers");
  });

  test.each([
    ["nothing", "social-empty", () => en.social_nothing_linked_yet()],
    ["only_elsewhere", "social-empty", () => en.social_nothing_linked()],
    ["none", "social-none", () => en.social_none_body()],
  ] as const)("empty because of “%s” says what there is to do", async (situation, id, text) => {
    await drawSocial(situation);
    expect(await findById(id)).toHaveTextContent(text());
    expect(document.querySelector("main")).not.toHaveTextContent(en.social_unverified());
  });

  test("is read again when the user asks", async () => {
    const { user, host } = await drawSocial();
    await findById("social-github");
    host.social.lists = { ...host.social.lists, accounts: [] };
    await user.click(byId("social-reload"));
    expect(await findById("social-empty")).toBeVisible();
    expect(byId("status")).toHaveTextContent(en.shell_refreshed());
    expect(calls(host, "social_list")).toHaveLength(2);
  });

  test("speaks German", async () => {
    const { user } = await drawSocial("usual", { languages: ["de-AT"] });
    await findById("social-github");
    expect(parts("social-github").at(-1)).toBe("Verknüpft 11. April");
    expect(document.title).toBe(de.window_title({ view: "Verknüpfte Konten" }));
    expect(byId("social-link-facebook")).toHaveAccessibleName("Facebook verknüpfen");
    await user.click(byId("social-unlink-github"));
    expect(await findById("dialog")).toHaveAccessibleName("GitHub trennen?");
    expect(byId("dialog")).toHaveTextContent(de.social_unlink_again_here());
  });
});

describe("while it is read", () => {
  test("nothing, a skeleton, a word, a way out", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let release = () => {};
    const { host } = await drawSocial("usual", {
      prepare: (made) => (release = made.hold("social_list")),
    });
    await vi.advanceTimersByTimeAsync(100);
    nothingOf("skeleton");
    await vi.advanceTimersByTimeAsync(100);
    expect(byId("skeleton")).toHaveTextContent(en.social_loading());
    nothingOf("social-accounts");
    nothingOf("social-reload");
    await vi.advanceTimersByTimeAsync(10_000);
    expect(screen.getByText(en.common_slow_answer())).toBeVisible();
    byId("retry").click();
    await vi.advanceTimersByTimeAsync(100);
    vi.useRealTimers();
    expect(await findById("social-github")).toBeVisible();
    // The answer to the first request arrives late and does not replace the newer one.
    host.social.lists = NOTHING;
    release();
    await new Promise((resolve) => setTimeout(resolve));
    expect(byId("social-github")).toBeVisible();
  });

  test.each(["offline", "upstream_unavailable", "timed_out"] as const)(
    "%s is said, and can be tried again",
    async (code) => {
      const { user } = await drawSocial("usual", {
        prepare: (host) => host.fail("social_list", refusal(code)),
      });
      expect(await findById("notice")).toHaveTextContent(en[`errors_${code}_title`]());
      nothingOf("social-accounts");
      await user.click(byId("retry"));
      expect(await findById("social-github")).toBeVisible();
      nothingOf("notice");
    },
  );

  test("in sight it stays, and says how old it is", async () => {
    const { user, host } = await drawSocial();
    await findById("social-github");
    host.fail("social_list", refusal("offline"));
    await user.click(byId("social-reload"));
    expect(await findById("notice")).toHaveTextContent(
      "You see your linked accounts as they were today at 09:30.",
    );
    expect(byId("social-github")).toBeVisible();
  });
});

describe("the logo", () => {
  const logoOf = (id: string) => byId(id).querySelector<HTMLElement>(".logo");
  const pictureOf = (id: string) => byId(id).querySelector("img")?.getAttribute("src") ?? null;
  const usual = SOCIAL.usual?.(NOW).accounts[0];

  test("that is a data URL is drawn as it is, in its theme", async () => {
    const { app } = await drawSocial();
    await findById("social-github");
    expect(pictureOf("social-github")).toBe(usual?.logo);
    app.systemDark = true;
    await waitFor(() => expect(pictureOf("social-github")).toBe(usual?.dark_logo));
    expect(logoOf("social-github")).toHaveClass("dark");
    // There is only one, made for light surfaces: it gets one.
    expect(logoOf("social-google")).not.toHaveClass("dark");
    expect(pictureOf("social-google")).not.toBeNull();
  });

  test("elsewhere is fetched by the app, with initials meanwhile", async () => {
    let release = () => {};
    const { host } = await drawSocial("usual", { prepare: (made) => (release = made.hold("picture")) });
    await findById("provider-facebook");
    expect(logoOf("provider-facebook")).toHaveTextContent("F");
    release();
    await waitFor(() => expect(pictureOf("provider-facebook")).toBe(PICTURE));
    expect(calls(host, "picture").map(({ args }) => args)).toEqual([
      { url: "https://logos.example.test/facebook.png" },
    ]);
  });

  test("that cannot be had or drawn leaves the initials", async () => {
    await drawSocial("only_elsewhere");
    await findById("provider-wechat");
    await waitFor(() => expect(logoOf("provider-wechat")).toHaveTextContent("W"));
    const image = byId("provider-apple").querySelector("img");
    if (!image) throw new Error("no picture");
    await fireEvent.error(image);
    expect(logoOf("provider-apple")).toHaveTextContent("A");
    expect(pictureOf("provider-apple")).toBeNull();
  });

  test.each(["http://logos.example.test/a.png", "javascript:alert(1)", "data:text/html,<b>x"])(
    "%s is neither drawn nor fetched",
    async (logo) => {
      const { host } = await drawSocial("nothing", {
        prepare: ({ social }) => {
          const providers = [{ target: "odd", name: "Odd", logo, dark_logo: null, linking: "here" as const }];
          social.lists = { ...NOTHING, providers };
        },
      });
      await findById("provider-odd");
      expect(logoOf("provider-odd")).toHaveTextContent("O");
      expect(calls(host, "picture")).toHaveLength(0);
    },
  );
});

describe("what may be done", () => {
  test("b7_read_only accounts are listed, with the reason", async () => {
    const { host } = await drawSocial(
      "usual",
      {},
      { social: { access: "read_only", reason: "organisation" } },
    );
    expect(await findById("view-only")).toHaveTextContent(en.social_view_only_organisation());
    expect(byId("social-github")).toBeVisible();
    expect(byId("social-accounts").querySelectorAll("button")).toHaveLength(0);
    nothingOf("social-providers");
    expect(calls(host, "social_link_pending")).toHaveLength(0);
  });

  test("b7_read_only since the account was read counts, too", async () => {
    await drawSocial("usual", {
      prepare: (host) => {
        const access = { access: "read_only", reason: "server" } as const;
        host.next.social_list = [() => ({ access, ...host.social.lists })];
      },
    });
    expect(await findById("view-only")).toHaveTextContent(en.social_view_only_server());
    nothingOf("social-unlink-github");
  });

  test("b7_read_only without accounts says so", async () => {
    await drawSocial("nothing", {}, { social: { access: "read_only", reason: "scope" } });
    expect(await findById("social-empty")).toHaveTextContent(en.social_nothing_linked());
    expect(byId("view-only")).toHaveTextContent(/account:security/);
    nothingOf("social-link-github");
  });

  test("b7_off has no entry and asks nothing", async () => {
    const { host } = await drawPage(stateNamed("social_off"), { page: "linked" });
    expect(await findById("not-offered")).toBeVisible();
    expect(view()).toBe("not_offered");
    nothingOf("nav-linked");
    expect(host.calls.filter(({ command }) => command.startsWith("social_"))).toEqual([]);
  });

  test("has its place between Security and Devices & apps", async () => {
    await drawSocial();
    const entries = screen.getAllByTestId(/^nav-/).map((entry) => entry.dataset.testid);
    expect(entries.slice(2, 5)).toEqual(["nav-security", "nav-linked", "nav-devices"]);
    expect(byId("nav-linked")).toHaveAttribute("aria-current", "page");
  });
});

test("texts of providers are text, and what is invisible is left out", async () => {
  await drawSocial("long");
  expect(await findById("social-markup")).toHaveTextContent("<b>Markup</b>");
  expect(document.querySelectorAll("main b")).toHaveLength(0);
  expect(byId("social-rtl").querySelectorAll("bdi")).toHaveLength(3);
  expect(parts("social-invisible")).toEqual(["invisible"]);
  expect(byId("social-link-two%20words")).toHaveAccessibleName(/^Link Wolfe/);
});

test("of another year, the date has its year", async () => {
  await drawSocial("usual", {
    prepare: ({ social }) => {
      const accounts = social.lists.accounts.map((entry) => ({ ...entry, linked_at: NOW - 400 * DAY }));
      social.lists = { ...social.lists, accounts };
    },
  });
  await findById("social-github");
  expect(parts("social-github").at(-1)).toBe("Linked 6 May 2025");
});

test.each(Object.keys(SOCIAL))("n28_the linked accounts “%s” have no violation", async (name) => {
  await drawSocial(name);
  await findById("social-reload");
  expect(await violations()).toEqual([]);
});
