/** Linked accounts: restoring one that was unlinked or switched, and removing it for good. */
import { screen, waitFor } from "@testing-library/svelte";
import { describe, expect, test } from "vitest";
import type { FakeHost } from "../lib/host/fake";
import { de, en } from "./messages";
import { byId, findById } from "./page";
import {
  askAboutFormer,
  calls,
  done,
  drawSocial,
  FORMER,
  noDialog,
  nothingOf,
  parts,
  prove,
  switchAccount,
  violations,
} from "./social";

const ACCOUNT = "alice00000001";

const keysOfFormer = () =>
  screen
    .getAllByTestId(/^social-former-/)
    .map(({ dataset }) => dataset.testid?.slice("social-former-".length));

/** The requests of a change; it is sent again after the proof. */
const requests = (host: FakeHost, command: string) => {
  const [first, again, ...others] = calls(host, command).map(({ args }) => args);
  expect(again).toEqual(first);
  expect(others).toEqual([]);
  return first;
};

describe("what was removed", () => {
  test("is listed: whose it is, since when, and until when it can be restored", async () => {
    await drawSocial("former");
    expect(await findById("social-former")).toHaveTextContent(en.social_former_title());
    expect(byId("social-former")).toHaveTextContent(en.social_former_note());
    expect(screen.getAllByText(en.social_unverified())).toHaveLength(1);
    expect(parts(`social-former-${FORMER.github}`)).toEqual([
      "GitHub",
      "Alice Former",
      "former@github.example.test",
      "Removed today at 08:30",
      "Can be restored until 13 June 2026 at 08:30",
    ]);
    expect(parts(`social-former-${FORMER.facebook}`)).toEqual([
      "Facebook",
      "Removed 7 June",
      "Can be restored until today at 21:30",
    ]);
    expect(keysOfFormer()).toHaveLength(5);
    expect(byId(`social-restore-${FORMER.github}`)).toHaveAccessibleName("Restore GitHub");
    expect(byId(`social-restore-${FORMER.github}`)).toHaveAccessibleDescription(/Alice Former/);
    expect(byId(`social-forget-${FORMER.github}`)).toHaveAccessibleName("Remove for good: GitHub");
    expect(document.querySelectorAll("button.danger")).toHaveLength(0);
  });

  test("of a provider that is no longer on the sign-in page says so, and can be erased", async () => {
    await drawSocial("former");
    expect(await findById(`social-former-${FORMER.orkut}`)).toHaveTextContent(en.social_not_restorable());
    expect(byId(`social-former-${FORMER.orkut}`)).not.toHaveTextContent("restored until");
    nothingOf(`social-restore-${FORMER.orkut}`);
    expect(byId(`social-forget-${FORMER.orkut}`)).toBeEnabled();
  });

  test("is not listed where there is nothing", async () => {
    await drawSocial();
    await findById("social-github");
    nothingOf("social-former");
  });

  test("is listed where nothing else is", async () => {
    await drawSocial("former", {
      prepare: ({ social }) => (social.lists = { ...social.lists, accounts: [], providers: [] }),
    });
    expect(await findById("social-former")).toHaveTextContent(en.social_unverified());
    nothingOf("social-none");
  });

  test("is not listed where nothing may be changed", async () => {
    await drawSocial("former", {}, { social: { access: "read_only", reason: "organisation" } });
    await findById("social-github");
    nothingOf("social-former");
  });
});

describe("restoring one", () => {
  test("says what comes back, wants a proof, and it is linked", async () => {
    const { user, host } = await drawSocial("former");
    await askAboutFormer(user, "restore", FORMER.google);
    expect(byId("dialog")).toHaveAccessibleName("Restore Google?");
    expect(byId("social-gains")).toHaveTextContent(
      en.social_restore_gains({ account: "alice@google.example.test", provider: "Google" }),
    );
    expect(byId("dialog")).toHaveTextContent(en.social_restore_access({ provider: "Google" }));
    nothingOf("social-replaces");
    expect(await violations()).toEqual([]);
    await user.click(byId("social-restore-confirm"));
    expect(await findById("step-up")).toHaveTextContent("To restore your Google account, confirm it's you.");
    nothingOf("social-google");
    await prove(user);
    await done();
    const result = "Google account “alice@google.example.test” is linked again.";
    expect(byId("social-result")).toHaveTextContent(result);
    expect(byId("status")).toHaveTextContent(result);
    expect(byId("social-undo")).toHaveAccessibleName("Unlink Google");
    expect(parts("social-google").at(-1)).toBe("Linked today at 09:30");
    nothingOf(`social-former-${FORMER.google}`);
    nothingOf("social-link-google");
    expect(requests(host, "social_restore")).toEqual({
      accountId: ACCOUNT,
      request: { key: FORMER.google, replaces: null },
    });
    expect(calls(host, "social_list")).toHaveLength(1);
    await waitFor(() => expect(calls(host, "account_refresh")).toHaveLength(1));
  });

  test("in place of the present one names that, which can be restored then", async () => {
    const { user, host } = await drawSocial("former");
    await askAboutFormer(user, "restore", FORMER.github);
    expect(byId("social-replaces")).toHaveTextContent(
      en.social_restore_replaces({ account: "Alice Example" }),
    );
    await user.click(byId("social-restore-confirm"));
    await prove(user);
    await done();
    expect(parts("social-github")).toContain("Alice Former");
    expect(keysOfFormer()).toContain("key-github-1");
    expect(keysOfFormer()).not.toContain(FORMER.github);
    expect(requests(host, "social_restore")).toEqual({
      accountId: ACCOUNT,
      request: { key: FORMER.github, replaces: "key-github-1" },
    });
    expect(byId("social-undo")).toHaveAccessibleName("Undo");
    await user.click(byId("social-undo"));
    expect(await findById("social-replaces")).toHaveTextContent("Alice Former");
  });

  test("of which nothing is known names the provider", async () => {
    const { user } = await drawSocial("former", {
      prepare: ({ social }) => {
        const [former] = social.lists.former;
        if (!former) throw new Error("none");
        const accounts = social.lists.accounts.map((entry) => ({ ...entry, name: null, email: null }));
        social.lists = { ...social.lists, accounts, former: [{ ...former, name: null, email: "\u200b" }] };
      },
    });
    await askAboutFormer(user, "restore", FORMER.github);
    expect(byId("social-gains")).toHaveTextContent(en.social_restore_gains_nameless({ provider: "GitHub" }));
    expect(byId("social-replaces")).toHaveTextContent(en.social_restore_replaces_nameless());
    await user.click(byId("social-restore-confirm"));
    await prove(user);
    await done();
    expect(byId("social-result")).toHaveTextContent("Your GitHub account is linked again.");
  });

  test.each(["restore", "forget"] as const)("or not (%s): Cancel and Escape lead back", async (verb) => {
    const { user, host } = await drawSocial("former");
    for (const leave of [() => user.click(byId("social-cancel")), () => user.keyboard("{Escape}")]) {
      await askAboutFormer(user, verb, FORMER.github);
      await leave();
      await noDialog();
      await waitFor(() => expect(byId(`social-${verb}-${FORMER.github}`)).toHaveFocus());
    }
    expect(calls(host, `social_${verb}`)).toHaveLength(0);
  });

  test("answered late does not close a dialog opened since", async () => {
    const { user, host } = await drawSocial("former");
    await askAboutFormer(user, "restore", FORMER.google);
    await user.click(byId("social-restore-confirm"));
    const release = host.hold("social_restore");
    await prove(user);
    await waitFor(() => expect(byId("social-cancel")).toBeVisible());
    await user.click(byId("social-cancel"));
    await noDialog();
    await askAboutFormer(user, "forget", FORMER.facebook);
    release();
    await waitFor(() => nothingOf(`social-former-${FORMER.google}`));
    expect(byId("dialog")).toHaveAccessibleName("Remove Facebook for good?");
  });
});

describe("undoing", () => {
  test("an unlink, from its result, by keyboard", async () => {
    const { user, host } = await drawSocial();
    await user.click(await findById("social-unlink-github"));
    await user.click(await findById("social-unlink-confirm"));
    await prove(user);
    await done();
    await user.tab();
    expect(byId("social-undo")).toHaveFocus();
    expect(byId("social-undo")).toHaveAccessibleName("Undo");
    expect(byId("social-undo")).toHaveAccessibleDescription("Your GitHub account is no longer linked.");
    expect(await violations()).toEqual([]);
    await user.keyboard("{Enter}");
    expect(await findById("dialog")).toHaveAccessibleName("Restore GitHub?");
    expect(byId("social-gains")).toHaveTextContent("Alice Example");
    await user.click(byId("social-restore-confirm"));
    await prove(user);
    await done();
    expect(parts("social-github")).toContain("Alice Example");
    nothingOf("social-former");
    expect(requests(host, "social_restore")).toEqual({
      accountId: ACCOUNT,
      request: { key: "key-github-1", replaces: null },
    });
  });

  test("an unlink, left, leads to the button that restores it", async () => {
    const { user } = await drawSocial();
    await user.click(await findById("social-unlink-github"));
    await user.click(await findById("social-unlink-confirm"));
    await prove(user);
    await done();
    await user.click(byId("social-undo"));
    await findById("dialog");
    await user.keyboard("{Escape}");
    await noDialog();
    await waitFor(() => expect(byId("social-restore-key-github-1")).toHaveFocus());
    nothingOf("social-result");
  });

  test("a switch, from its result", async () => {
    const { user, host } = await drawSocial();
    await switchAccount(user);
    host.social.finish();
    await done();
    expect(byId("social-undo")).toHaveAccessibleName("Undo");
    await user.click(byId("social-undo"));
    expect(await findById("social-gains")).toHaveTextContent("Alice Example");
    expect(byId("social-replaces")).toHaveTextContent("Alice Elsewhere");
    await user.click(byId("social-restore-confirm"));
    await prove(user);
    await done();
    expect(parts("social-github")).toContain("Alice Example");
    expect(requests(host, "social_restore")).toEqual({
      accountId: ACCOUNT,
      request: { key: "key-github-1", replaces: "key-github-new-1" },
    });
  });

  test("a switch from before a restart", async () => {
    const { user, host } = await drawSocial("usual", { prepare: ({ social }) => social.resumed("github") });
    await waitFor(() => expect(byId("social-waiting")).toHaveFocus());
    await findById("social-github");
    host.social.finish();
    await done();
    await user.click(byId("social-undo"));
    expect(await findById("social-gains")).toHaveTextContent("Alice Example");
  });

  test("is not offered for what is not kept", async () => {
    const { user, host } = await drawSocial();
    await user.click(await findById("social-unlink-github"));
    await user.click(await findById("social-unlink-confirm"));
    await findById("step-up");
    host.next.social_unlink = [
      () => {
        const access = { access: "edit" } as const;
        return { kind: "done", answer: { access, ...host.social.lists, accounts: [], former: [] } };
      },
    ];
    await prove(user);
    await done();
    nothingOf("social-undo");
  });

  test("is not offered for a provider that is no longer on the sign-in page", async () => {
    const { user } = await drawSocial("states");
    await user.click(await findById("social-unlink-orkut"));
    await user.click(await findById("social-unlink-confirm"));
    await prove(user);
    await done();
    expect(byId("social-former-key-orkut-1")).toBeVisible();
    nothingOf("social-undo");
  });
});

describe("removing one for good", () => {
  test("says that it cannot be undone, wants a proof, and nothing is kept", async () => {
    const { user, host } = await drawSocial("former");
    await askAboutFormer(user, "forget", FORMER.github);
    expect(byId("dialog")).toHaveAccessibleName("Remove GitHub for good?");
    expect(byId("social-loses")).toHaveTextContent(
      en.social_forget_loses({ account: "Alice Former", provider: "GitHub" }),
    );
    expect(byId("social-loses")).toHaveTextContent("This cannot be undone.");
    expect(byId("social-forget-confirm")).toHaveClass("danger");
    expect(await violations()).toEqual([]);
    await user.click(byId("social-forget-confirm"));
    expect(await findById("step-up")).toHaveTextContent(
      "To erase what is kept of your GitHub account, confirm it's you.",
    );
    await prove(user);
    await done();
    const result = en.social_result_forgotten({ provider: "GitHub" });
    expect(byId("social-result")).toHaveTextContent(result);
    expect(byId("status")).toHaveTextContent(result);
    nothingOf("social-undo");
    nothingOf(`social-former-${FORMER.github}`);
    expect(keysOfFormer()).toHaveLength(4);
    expect(parts("social-github")).toContain("Alice Example");
    expect(requests(host, "social_forget")).toEqual({
      accountId: ACCOUNT,
      request: { key: FORMER.github },
    });
  });

  test("of which nothing is known names the provider; the last one takes its card along", async () => {
    const { user } = await drawSocial("former", {
      prepare: ({ social }) => {
        const former = social.lists.former.filter(({ key }) => key === FORMER.facebook);
        social.lists = { ...social.lists, former };
      },
    });
    await askAboutFormer(user, "forget", FORMER.facebook);
    expect(byId("social-loses")).toHaveTextContent(en.social_forget_loses_nameless({ provider: "Facebook" }));
    await user.click(byId("social-forget-confirm"));
    await prove(user);
    await done();
    nothingOf("social-former");
  });
});

test("all of it speaks German", async () => {
  const { user } = await drawSocial("former", { languages: ["de-AT"] });
  expect(await findById("social-former")).toHaveTextContent("Kürzlich entfernt");
  expect(parts(`social-former-${FORMER.github}`).slice(-2)).toEqual([
    "Entfernt heute um 08:30",
    "Wiederherstellbar bis 13. Juni 2026 um 08:30",
  ]);
  expect(byId(`social-former-${FORMER.orkut}`)).toHaveTextContent(de.social_not_restorable());
  expect(byId(`social-restore-${FORMER.github}`)).toHaveTextContent("Wiederherstellen");
  expect(byId(`social-forget-${FORMER.github}`)).toHaveTextContent("Endgültig entfernen");
  await askAboutFormer(user, "forget", FORMER.github);
  expect(byId("dialog")).toHaveAccessibleName("GitHub endgültig entfernen?");
  await user.click(byId("social-cancel"));
  await noDialog();
  await askAboutFormer(user, "restore", FORMER.github);
  expect(byId("dialog")).toHaveAccessibleName("GitHub wiederherstellen?");
  await user.click(byId("social-restore-confirm"));
  expect(await findById("step-up")).toHaveTextContent("Um Ihr Konto bei GitHub wiederherzustellen");
  await prove(user);
  await done();
  expect(byId("social-result")).toHaveTextContent(
    de.social_result_restored({ account: "Alice Former", provider: "GitHub" }),
  );
  expect(byId("social-undo")).toHaveTextContent("Rückgängig");
});
