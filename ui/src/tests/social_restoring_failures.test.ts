/** Linked accounts: why restoring one, or removing it for good, is refused. */
import { waitFor } from "@testing-library/svelte";
import { describe, expect, test } from "vitest";
import type { AccountView } from "../lib/contract";
import { en } from "./messages";
import { byId, findById, NOW, view } from "./page";
import {
  askAboutFormer,
  calls,
  done,
  drawSocial,
  FORMER,
  noDialog,
  nothingOf,
  refusal,
  violations,
} from "./social";

const HOUR = 3_600_000;

describe("a refusal", () => {
  test.each(["restore", "forget"] as const)("to %s what is not kept any more says so", async (verb) => {
    let now = NOW;
    const { user, host } = await drawSocial("former", { now: () => now });
    await askAboutFormer(user, verb, FORMER.github);
    now += 72 * HOUR;
    await user.click(byId(`social-${verb}-confirm`));
    await done();
    expect(byId("social-result")).toHaveTextContent(en.social_result_not_restorable({ provider: "GitHub" }));
    expect(byId("status")).toHaveTextContent(en.social_result_not_restorable({ provider: "GitHub" }));
    nothingOf("dialog");
    nothingOf("social-undo");
    await waitFor(() => nothingOf("social-former"));
    expect(calls(host, "social_list")).toHaveLength(2);
  });

  test("because another account is linked by now shows which", async () => {
    const { user, host } = await drawSocial("former");
    await askAboutFormer(user, "restore", FORMER.github);
    const accounts = host.social.lists.accounts.map((entry) => ({ ...entry, key: "another", name: "Bob" }));
    host.social.lists = { ...host.social.lists, accounts };
    await user.click(byId("social-restore-confirm"));
    await done();
    expect(byId("social-result")).toHaveTextContent(en.social_result_gone({ provider: "GitHub" }));
    await waitFor(() => expect(byId("social-github")).toHaveTextContent("Bob"));
    nothingOf("dialog");
  });

  test("because none is linked by now says so, too", async () => {
    const { user, host } = await drawSocial("former");
    await askAboutFormer(user, "restore", FORMER.github);
    host.fail("social_restore", refusal("social_not_linked"));
    await user.click(byId("social-restore-confirm"));
    await done();
    expect(byId("social-result")).toHaveTextContent(en.social_result_gone({ provider: "GitHub" }));
  });

  test("because another user has it by now says so, and whom to ask", async () => {
    const { user, host } = await drawSocial("former");
    await askAboutFormer(user, "restore", FORMER.github);
    host.fail("social_restore", refusal("identifier_unavailable"));
    await user.click(byId("social-restore-confirm"));
    expect(await findById("social-error")).toHaveTextContent(en.social_restore_taken({ provider: "GitHub" }));
    nothingOf("social-restore-confirm");
    await waitFor(() => expect(byId("social-cancel")).toHaveFocus());
    expect(byId("social-cancel")).toHaveTextContent(en.common_close());
    expect(await violations()).toEqual([]);
    await user.keyboard("{Enter}");
    await noDialog();
    await waitFor(() => expect(byId(`social-restore-${FORMER.github}`)).toHaveFocus());
  });

  test("because the provider is no longer on the sign-in page reads the list again", async () => {
    const { user, host } = await drawSocial("former");
    await askAboutFormer(user, "restore", FORMER.google);
    const former = host.social.lists.former.map((entry) => ({ ...entry, signs_in: false }));
    host.social.lists = { ...host.social.lists, former };
    await user.click(byId("social-restore-confirm"));
    expect(await findById("social-error")).toHaveTextContent(en.errors_social_not_linkable_title());
    nothingOf("social-restore-confirm");
    await waitFor(() => nothingOf(`social-restore-${FORMER.google}`));
    await user.click(byId("social-cancel"));
    await noDialog();
    await waitFor(() => expect(document.querySelector("main h1")).toHaveFocus());
  });

  test("because no sign-in method would remain says what to do first", async () => {
    const alone: Partial<AccountView> = {
      password: { access: "edit", value: false },
      sign_in_ways: [{ kind: "social", target: "github", name: "GitHub" }],
    };
    const { user, host } = await drawSocial("former", {}, alone);
    await askAboutFormer(user, "restore", FORMER.github);
    host.fail("social_restore", {
      ...refusal("last_sign_in_method"),
      detail: { kind: "last_way", next_steps: ["set_password"] },
    });
    await user.click(byId("social-restore-confirm"));
    expect(await findById("last-way")).toHaveTextContent(en.security_last_way_title());
    nothingOf("social-restore-confirm");
    nothingOf("social-gains");
    await waitFor(() => expect(byId("social-cancel")).toHaveFocus());
    expect(await violations()).toEqual([]);
    await user.click(byId("next-set_password"));
    await waitFor(() => expect(view()).toBe("security"));
  });

  test.each(["restore", "forget"] as const)("of another kind keeps the dialog (%s)", async (verb) => {
    const { user, host } = await drawSocial("former");
    await askAboutFormer(user, verb, FORMER.github);
    host.fail(`social_${verb}`, refusal("upstream_failed"));
    await user.click(byId(`social-${verb}-confirm`));
    expect(await findById("social-error")).toHaveTextContent("req-5");
    expect(byId(`social-${verb}-confirm`)).toBeEnabled();
    expect(byId(`social-former-${FORMER.github}`)).toBeInTheDocument();
  });
});
