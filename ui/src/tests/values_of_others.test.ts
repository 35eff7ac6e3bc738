/** Values that this page would not write: shown as they are, left unchanged, and no obstacle. */
import { fireEvent, screen, waitFor } from "@testing-library/svelte";
import { describe, expect, test } from "vitest";

import type { AccountView, Address, Profile } from "../lib/contract";
import { fakeCustomField } from "../lib/host/fake_organisation";
import { fakeAccount, fakeProfile, signedIn } from "../lib/host/fake_states";
import { en } from "./messages";
import { byId, drawPage, findById, NOW } from "./page";
import { calls } from "./securing";

const type = (id: string, value: string) => fireEvent.input(byId(id), { target: { value } });

const ODD: Partial<Profile> = {
  given_name: "two\nlines",
  family_name: " spaced ",
  middle_name: "\u3164",
  gender: "x".repeat(300),
  birthdate: "17.04.1990",
  website: "alice.example.test",
  locale: "de_AT",
  zoneinfo: "Mars/Olympus Mons",
};
const ODD_ADDRESS: Address = {
  street_address: "1 Test Street\r\nTop 4",
  locality: "L".repeat(200),
  region: " ",
  postal_code: "1010\n",
  country: null,
  formatted: null,
};

const draw = (profile: Partial<Profile> = {}, change: Partial<AccountView> = {}) => {
  const account: AccountView = {
    ...fakeAccount(NOW),
    profile: { access: "edit", value: { ...fakeProfile(), ...ODD, address: ODD_ADDRESS, ...profile } },
    ...change,
  };
  return drawPage(signedIn(NOW, { account }), { page: "profile" });
};

describe("a profile that others wrote", () => {
  test("odd_values_are_shown_as_they_are", async () => {
    await draw();
    expect(await findById("value-given_name")).toHaveTextContent("two lines");
    expect(byId("value-middle_name")).toHaveTextContent(en.profile_invisible());
    expect(byId("value-gender")).toHaveTextContent("x".repeat(300));
    expect(byId("value-birthdate")).toHaveTextContent("17.04.1990");
    expect(byId("value-website")).toHaveTextContent("alice.example.test");
    expect(byId("value-locale")).toHaveTextContent("de_AT");
    expect(byId("value-zoneinfo")).toHaveTextContent("Mars/Olympus Mons");
    expect(byId("value-address")).toHaveTextContent("L".repeat(200));
  });

  test.each(["family_name", "gender", "website", "locale", "zoneinfo", "address"] as const)(
    "odd_%s_untouched_is_not_sent",
    async (key) => {
      const { user, host } = await draw();
      await user.click(await findById(`edit-${key}`));
      await user.click(await findById(`save-${key}`));
      await waitFor(() => expect(screen.queryByTestId("dialog")).toBeNull());
      expect(calls(host, "profile_update")).toEqual([]);
    },
  );

  test.each([
    ["given_name", "two lines"],
    ["middle_name", en.profile_invisible()],
    ["birthdate", "17.04.1990"],
  ] as const)("odd_%s_no_input_can_show_stands_beside_it", async (key, shown) => {
    const { user, host } = await draw();
    await user.click(await findById(`edit-${key}`));
    expect(await findById("dialog")).toHaveTextContent(`${en.profile_present()} ${shown}`);
    for (const input of byId("dialog").querySelectorAll("input")) expect(input).toHaveValue("");
    await user.keyboard("{Escape}");
    expect(calls(host, "profile_update")).toEqual([]);
  });

  test("address_with_odd_lines_is_changed_line_by_line", async () => {
    const { user, host } = await draw();
    await user.click(await findById("edit-address"));
    await findById("input-address-country");
    await type("input-address-country", "Austria");
    await user.click(byId("save-address"));
    await waitFor(() =>
      expect(calls(host, "profile_update")[0]?.args).toMatchObject({
        request: { address: { from: ODD_ADDRESS, to: { ...ODD_ADDRESS, country: "Austria" } } },
      }),
    );
  });

  test("address_line_touched_must_be_right", async () => {
    const { user, host } = await draw();
    await user.click(await findById("edit-address"));
    await findById("input-address-locality");
    await type("input-address-locality", "M".repeat(200));
    await user.click(byId("save-address"));
    expect(await findById("invalid")).toHaveTextContent(en.profile_address_locality());
    expect(calls(host, "profile_update")).toEqual([]);
  });
});

test("number_written_otherwise_is_shown_and_left_alone", async () => {
  const desk = fakeCustomField("desk", { type: "number", min: 1, max: 400 }, "007");
  const { user, host } = await draw({}, { custom_fields: [desk] });
  expect(await findById("value-custom-desk")).toHaveTextContent("007");
  await user.click(byId("edit-custom-desk"));
  expect(await findById("input-custom-desk")).toHaveValue("007");
  await user.click(byId("save-custom-desk"));
  await waitFor(() => expect(screen.queryByTestId("dialog")).toBeNull());
  expect(calls(host, "custom_fields_update")).toEqual([]);
});
