/** Invisible characters of pasted text, addresses that only a browser would repair, and a whole address made of its parts. */
import { fireEvent, screen, waitFor } from "@testing-library/svelte";
import { describe, expect, test } from "vitest";

import { ICONS } from "../lib/components/icons";
import type { AccountView, Address } from "../lib/contract";
import { fakeAccount, fakeProfile, signedIn } from "../lib/host/fake_states";
import { en } from "./messages";
import { byId, drawPage, drawSignedIn, findById, NOW, stateNamed } from "./page";
import { calls, drawSecurity } from "./securing";

const type = (id: string, value: string) => fireEvent.input(byId(id), { target: { value } });

describe("invisible characters", () => {
  test.each(["\u200b", "\u3164", " \u2800\ufeff\u00ad"])("name_of_%j_only_counts_as_empty", async (name) => {
    const { user, host } = await drawSignedIn({ page: "profile" });
    await user.click(byId("edit-name"));
    await findById("input-name");
    await type("input-name", name);
    await user.click(byId("save-name"));
    expect(await findById("invalid")).toHaveTextContent(en.profile_invalid_empty());
    expect(calls(host, "account_update")).toEqual([]);
  });

  test("name_with_joiners_and_an_emoji_is_sent_as_typed", async () => {
    const { user, host } = await drawSignedIn({ page: "profile" });
    const name = "👩\u200d🚀 Alice ❤\ufe0f";
    await user.click(byId("edit-name"));
    await findById("input-name");
    await type("input-name", name);
    await user.click(byId("save-name"));
    await waitFor(() =>
      expect(calls(host, "account_update")[0]?.args).toMatchObject({ request: { name: { to: name } } }),
    );
  });

  test("stored_name_invisible_is_reported_and_not_used", async () => {
    const account: AccountView = { ...fakeAccount(NOW), name: { access: "edit", value: "\u3164" } };
    await drawPage(signedIn(NOW, { account }), { page: "profile" });
    expect(await findById("value-name")).toHaveTextContent(en.profile_invisible());
    expect(byId("account-name")).toHaveTextContent("alice");
  });

  test.each([
    "new@example.test\u200b",
    "\ufeffnew@example.test\u00a0",
    "\u202anew@example.test\u202c",
    "new@example.test\u3164\n",
  ])("email_pasted_as_%j_loses_its_ends", async (pasted) => {
    const { user, host } = await drawSecurity();
    await user.click(byId("change-email"));
    await findById("input-email");
    await type("input-email", pasted);
    await user.click(byId("address-send"));
    await findById("step-up");
    expect(calls(host, "email_set")[0]?.args).toMatchObject({ request: { address: "new@example.test" } });
  });

  test("email_with_one_inside_says_so", async () => {
    const { user, host } = await drawSecurity();
    await user.click(byId("change-email"));
    await findById("input-email");
    await type("input-email", "ne\u00adw@example.test");
    await user.click(byId("address-send"));
    expect(await findById("invalid")).toHaveTextContent(en.security_address_email_invisible());
    expect(calls(host, "email_set")).toEqual([]);
  });

  test("server_address_pasted_loses_its_ends", async () => {
    const { user, host } = await drawPage(stateNamed("no_server"));
    await type("server-url", "\u200b");
    expect(byId("save-server")).toBeDisabled();
    await type("server-url", "\ufeffhttps://settings.example.test/api\u200b ");
    await user.click(byId("save-server"));
    expect(calls(host, "settings_set_server")[0]?.args).toEqual({ url: "https://settings.example.test/api" });
  });
});

describe("addresses that only a browser would mend", () => {
  test.each([
    "https:/example.test",
    "https:example.test",
    "https:///example.test",
    "https:\\\\example.test",
    "https://https://example.test",
    "https://example.test\\page",
  ])("website_%j_is_told_and_not_sent", async (url) => {
    const { user, host } = await drawSignedIn({ page: "profile" });
    await user.click(byId("edit-website"));
    await findById("input-website");
    await type("input-website", url);
    await user.click(byId("save-website"));
    expect(await findById("invalid")).toHaveTextContent(en.profile_invalid_url());
    expect(calls(host, "profile_update")).toEqual([]);
  });

  test("website_pasted_with_an_unseen_end_is_sent_without_it", async () => {
    const { user, host } = await drawSignedIn({ page: "profile" });
    await user.click(byId("edit-website"));
    await findById("input-website");
    await type("input-website", "HTTPS://new.example.test/a?b=c:\u200b");
    await user.click(byId("save-website"));
    await waitFor(() =>
      expect(calls(host, "profile_update")[0]?.args).toMatchObject({
        request: { website: { to: "HTTPS://new.example.test/a?b=c:" } },
      }),
    );
  });
});

describe("the whole address", () => {
  const withAddress = async (formatted: string | null) => {
    const address: Address = { ...(fakeProfile().address as Address), formatted };
    const profile: AccountView["profile"] = { access: "edit", value: { ...fakeProfile(), address } };
    const account = { ...fakeAccount(NOW), profile };
    const drawn = await drawPage(signedIn(NOW, { account }), { page: "profile" });
    await drawn.user.click(byId("edit-address"));
    await findById("input-address-formatted");
    const save = async () => {
      await drawn.user.click(byId("save-address"));
      await waitFor(() => expect(calls(drawn.host, "profile_update")).toHaveLength(1));
      const args = calls(drawn.host, "profile_update")[0]?.args as {
        request: { address: { to: Address } };
      };
      return args.request.address.to;
    };
    return { ...drawn, save };
  };

  test("formatted_made_of_its_parts_is_made_anew", async () => {
    const { save } = await withAddress("Teststrasse 1\n1010 Vienna\nAustria");
    expect(byId("input-address-formatted")).toHaveAccessibleDescription(en.profile_formatted_follows());
    await type("input-address-street_address", "Neue Gasse 2");
    await type("input-address-postal_code", "8010");
    await type("input-address-locality", "Graz");
    expect(byId("input-address-formatted")).toHaveValue("Neue Gasse 2\n8010 Graz\nAustria");
    expect(await save()).toMatchObject({
      street_address: "Neue Gasse 2",
      formatted: "Neue Gasse 2\n8010 Graz\nAustria",
    });
  });

  test("formatted_the_person_wrote_stays", async () => {
    const { save } = await withAddress("Alice Example\nTeststrasse 1\n1010 Vienna");
    expect(screen.queryByText(en.profile_formatted_follows())).toBeNull();
    await type("input-address-locality", "Graz");
    expect(await save()).toMatchObject({
      locality: "Graz",
      formatted: "Alice Example\nTeststrasse 1\n1010 Vienna",
    });
  });

  test("formatted_typed_now_follows_no_longer", async () => {
    const { save } = await withAddress("Teststrasse 1, 1010 Vienna");
    await type("input-address-formatted", "c/o Bob, Vienna");
    expect(screen.queryByText(en.profile_formatted_follows())).toBeNull();
    await type("input-address-locality", "Graz");
    expect(await save()).toMatchObject({ locality: "Graz", formatted: "c/o Bob, Vienna" });
  });

  test("formatted_that_was_never_set_stays_so", async () => {
    const { save } = await withAddress(null);
    await type("input-address-locality", "Graz");
    expect(await save()).toMatchObject({ locality: "Graz", formatted: null });
  });

  test("formatted_of_an_edit_left_and_resumed_follows_still", async () => {
    const { user, save } = await withAddress("Teststrasse 1, 1010 Vienna");
    await type("input-address-locality", "");
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByTestId("dialog")).toBeNull());
    await user.click(byId("edit-address"));
    await findById("input-address-locality");
    await type("input-address-locality", "Graz");
    expect(await save()).toMatchObject({ formatted: "Teststrasse 1, 1010 Graz" });
  });
});

test("icons_of_settings_and_version_are_what_such_things_carry", async () => {
  await drawSignedIn({ page: "settings" });
  const version = await findById("version");
  const path = (within: Element | null | undefined) => within?.querySelector("path")?.getAttribute("d");
  expect(path(byId("nav-settings"))).toBe(ICONS.gear);
  expect(path(version.closest(".row"))).toBe(ICONS.info);
});
