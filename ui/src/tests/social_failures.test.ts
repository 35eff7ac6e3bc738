/** Linked accounts: each failure of a link in words of its own, with the next step. */
import { waitFor } from "@testing-library/svelte";
import { describe, expect, test } from "vitest";
import type { Code } from "../lib/contract";
import { de, en } from "./messages";
import { byId, findById } from "./page";
import {
  calls,
  done,
  drawSocial,
  failed,
  inBrowser,
  link,
  noDialog,
  nothingOf,
  prove,
  refusal,
  violations,
} from "./social";

const provider = "Facebook";

describe("a link that ended", () => {
  test.each([
    ["social_declined", () => en.social_failed_declined_title({ provider })],
    ["social_provider_failed", () => en.social_failed_failed_title({ provider })],
    ["identifier_unavailable", () => en.social_failed_taken_title({ provider })],
    ["social_link_timed_out", () => en.errors_social_link_timed_out_title()],
    ["social_link_over", () => en.errors_social_link_over_title()],
    ["social_link_unknown", () => en.errors_social_link_unknown_title()],
  ] as const)("by %s is begun again, with a new proof", async (code, title) => {
    const { user, host } = await drawSocial();
    await link(user);
    host.social.failWait(refusal(code));
    const failure = await failed(code);
    expect(failure).toHaveTextContent(title());
    expect(failure).toHaveTextContent("req-5");
    expect(byId("dialog")).toHaveAccessibleName("Link Facebook");
    await waitFor(() => expect(byId("social-again")).toHaveFocus());
    expect(await violations()).toEqual([]);
    nothingOf("social-facebook");
    await user.keyboard("{Enter}");
    await prove(user);
    await inBrowser();
    host.social.finish();
    await done();
    expect(byId("social-facebook")).toBeVisible();
  });

  test("by another account that is linked by now shows what is linked", async () => {
    const { user, host } = await drawSocial();
    await link(user);
    host.social.failWait(refusal("conflict"));
    await noDialog();
    await waitFor(() => expect(byId("social-result")).toHaveTextContent("meanwhile"));
  });

  test.each(["social_declined", "social_link_over"] as const)(
    "by %s is left with Close, back to where it began",
    async (code) => {
      const { user, host } = await drawSocial();
      await link(user);
      host.social.failWait(refusal(code));
      await failed(code);
      await user.click(byId("social-close"));
      await noDialog();
      await waitFor(() => expect(byId("social-link-facebook")).toHaveFocus());
      expect(calls(host, "social_link_cancel")).toHaveLength(0);
    },
  );

  test("leads back to its failure when the new proof is left", async () => {
    const { user, host } = await drawSocial();
    await link(user);
    host.social.failWait(refusal("social_declined"));
    await failed("social_declined");
    await user.click(byId("social-again"));
    await findById("step-up");
    await user.keyboard("{Escape}");
    await failed("social_declined");
    await waitFor(() => expect(byId("social-again")).toBeVisible());
  });

  test("by another name of the provider says so in German", async () => {
    const { user, host } = await drawSocial("usual", { languages: ["de-AT"] });
    await link(user);
    host.social.failWait(refusal("social_declined"));
    expect(await failed("social_declined")).toHaveTextContent(de.social_failed_declined_title({ provider }));
  });

  test("as it was over already, the list is read again", async () => {
    const { user, host } = await drawSocial();
    await link(user);
    host.social.lists = { ...host.social.lists, accounts: [] };
    host.social.failWait(refusal("social_link_over"));
    await failed("social_link_over");
    expect(await findById("social-empty")).toBeInTheDocument();
  });
});

describe("a provider that cannot be reached", () => {
  test("keeps the link open: another try asks it again", async () => {
    const { user, host } = await drawSocial();
    await link(user);
    host.social.failWait(refusal("social_provider_unreachable"), true);
    expect(await failed("social_provider_unreachable")).toHaveTextContent(
      en.social_failed_unreachable_body({ provider }),
    );
    await user.click(byId("social-again"));
    await waitFor(() => expect(byId("dialog")).toHaveTextContent(en.social_finishing({ provider })));
    expect(await violations()).toEqual([]);
    nothingOf("step-up");
    host.social.finish();
    await done();
    expect(calls(host, "social_link_wait")).toHaveLength(2);
    expect(calls(host, "social_link_begin")).toHaveLength(2);
  });

  test("can be gone on with by Link, without a new proof", async () => {
    const { user, host } = await drawSocial();
    await link(user);
    host.social.failWait(refusal("social_provider_unreachable"), true);
    await failed("social_provider_unreachable");
    await user.click(byId("social-close"));
    await noDialog();
    expect(host.social.underWay).toBe("facebook");
    await user.click(byId("social-link-facebook"));
    await inBrowser();
    nothingOf("step-up");
    host.social.finish();
    await done();
  });

  test("long enough ends the link, which is begun again", async () => {
    const { user, host } = await drawSocial();
    await link(user);
    host.social.failWait(refusal("social_provider_unreachable"));
    await failed("social_provider_unreachable");
    await user.click(byId("social-again"));
    await prove(user);
    await inBrowser();
  });

  test("can be given up while it is asked again", async () => {
    const { user, host } = await drawSocial();
    await link(user);
    host.social.failWait(refusal("social_provider_unreachable"), true);
    await failed("social_provider_unreachable");
    await user.click(byId("social-again"));
    await user.click(await findById("social-cancel"));
    await noDialog();
    expect(host.social.underWay).toBeNull();
  });
});

describe("any other failure", () => {
  test.each([true, false])("while it waits: still open %s", async (open) => {
    const { user, host } = await drawSocial();
    await link(user);
    host.social.failWait(refusal("offline"), open);
    expect(await failed("offline")).toHaveTextContent(en.errors_offline_title());
    await user.click(byId("social-again"));
    if (!open) await prove(user);
    await inBrowser();
    expect(calls(host, "social_link_begin")).toHaveLength(open ? 2 : 4);
  });

  test("left while it is tried again begins nothing", async () => {
    const { user, host } = await drawSocial();
    await link(user);
    host.social.failWait(refusal("offline"));
    await failed("offline");
    const release = host.hold("social_link_pending");
    await user.click(byId("social-again"));
    await user.click(await findById("social-cancel"));
    await noDialog();
    release();
    await user.click(byId("social-reload"));
    await waitFor(() => expect(byId("status")).toHaveTextContent(en.shell_refreshed()));
    expect(calls(host, "social_link_begin")).toHaveLength(2);
  });

  test("that no try helps against offers none", async () => {
    const { user, host } = await drawSocial();
    await findById("social-link-facebook");
    host.social.lists = {
      ...host.social.lists,
      providers: host.social.lists.providers.map((entry) => ({ ...entry, linking: "at_sign_in" })),
    };
    await user.click(byId("social-link-facebook"));
    expect(await failed("social_not_linkable")).toHaveTextContent(
      en.social_failed_not_linkable_title({ provider }),
    );
    expect(byId("social-failure")).toHaveTextContent(/Ask IT/);
    nothingOf("social-again");
    await waitFor(() => expect(byId("social-close")).toHaveFocus());
    // The list has it by now, too.
    await waitFor(() => expect(byId("provider-facebook")).toHaveTextContent(en.social_at_sign_in()));
    await user.click(byId("social-close"));
    await noDialog();
    await waitFor(() => expect(document.querySelector("main h1")).toHaveFocus());
  });

  test.each(["field_not_editable", "insufficient_scope"] as const)(
    "%s names whom to ask, and no try",
    async (code) => {
      const { user, host } = await drawSocial();
      host.fail("social_link_begin", refusal(code));
      await user.click(await findById("social-link-facebook"));
      expect(await failed(code)).toHaveTextContent(/Ask IT/);
      nothingOf("social-again");
    },
  );

  test("to open the browser leaves its link to copy", async () => {
    const { user, host } = await drawSocial();
    await user.click(await findById("social-link-facebook"));
    host.next.social_link_begin = [
      () => {
        host.social.resumed("facebook");
        throw refusal("browser_unavailable");
      },
    ];
    await prove(user);
    await inBrowser();
    expect(await findById("notice")).toHaveTextContent(en.errors_browser_unavailable_title());
    await user.click(byId("social-copy-link"));
    await waitFor(() => expect(byId("dialog")).toHaveTextContent(en.sign_in_copied()));
    nothingOf("notice");
  });

  test("to open the browser that ends the link can be tried again", async () => {
    const { user, host } = await drawSocial();
    host.fail("social_link_begin", refusal("browser_unavailable"));
    await user.click(await findById("social-link-facebook"));
    await failed("browser_unavailable");
    await user.click(byId("social-again"));
    await prove(user);
    await inBrowser();
  });
});

describe("a link from a provider that belongs to nothing here", () => {
  test("is said on the page", async () => {
    const { user } = await drawSocial("usual", {
      prepare: (host) => host.fail("social_link_pending", refusal("social_link_unknown")),
    });
    expect(await findById("notice")).toHaveTextContent(en.errors_social_link_unknown_title());
    nothingOf("dialog");
    await link(user);
    nothingOf("notice");
  });

  test.each<Code>(["offline", "internal"])("%s instead is left to the list", async (code) => {
    await drawSocial("usual", { prepare: (host) => host.fail("social_link_pending", refusal(code)) });
    await findById("social-github");
    nothingOf("notice");
  });
});
