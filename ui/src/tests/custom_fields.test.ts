/** Profile: the fields that the organisation adds, edited as every other field is. */
import { screen, waitFor } from "@testing-library/svelte";
import axe from "axe-core";
import { describe, expect, test } from "vitest";

import { oddCustomFields } from "../lib/host/fake_organisation";
import { fakeAccount, signedIn } from "../lib/host/fake_states";
import { de, en } from "./messages";
import { byId, drawPage, findById, NOW, type Options } from "./page";

const draw = async (custom_fields = fakeAccount(NOW).custom_fields, options: Options = {}) => {
  const drawn = await drawPage(signedIn(NOW, { account: { ...fakeAccount(NOW), custom_fields } }), {
    page: "profile",
    ...options,
  });
  await findById("edit-name");
  return drawn;
};
type Drawn = Awaited<ReturnType<typeof draw>>;
const sent = (host: Drawn["host"]) =>
  host.calls.filter(({ command }) => command === "custom_fields_update").map(({ args }) => args);

describe("the card", () => {
  test("is not drawn without fields", async () => {
    await draw([]);
    expect(screen.queryByTestId("card-custom-fields")).toBeNull();
  });

  test("has each field in its order, its value in words", async () => {
    await draw();
    const rows = [...byId("card-custom-fields").querySelectorAll("[data-testid^=value-]")];
    expect(rows.map((row) => row.textContent)).toEqual([
      "Archive",
      "41.5",
      "9 March 2019",
      "Yes",
      "Vegetarian",
      "https://staff.example.test/alice",
      "AB-1234",
    ]);
    // A field with the name of a standard one is a different field.
    expect(byId("value-name")).toHaveTextContent("Alice Example");
    expect(byId("edit-custom-name")).toHaveAccessibleName("Change Badge");
  });

  test("says what is locked or not supported, and shows other kinds of values as text", async () => {
    await draw(oddCustomFields());
    expect(byId("value-custom-locked")).toHaveTextContent("Grade 7");
    expect(screen.queryByTestId("edit-custom-locked")).toBeNull();
    expect(screen.getByText(en.profile_reasons_unsupported_text())).toBeVisible();
    // It may be set: the page only does not get its value.
    expect(screen.queryByTestId("value-custom-name_parts")).toBeNull();
    expect(byId("value-custom-agreed")).toHaveTextContent("perhaps");
    expect(byId("value-custom-since")).toHaveTextContent("long ago");
    expect(byId("card-custom-fields").querySelector("b")).toBeNull();
    expect((await axe.run(document, { rules: { "color-contrast": { enabled: false } } })).violations).toEqual(
      [],
    );
  });
});

describe("an edit", () => {
  const typed: [string, string, string, unknown][] = [
    ["department", " Post ", "Archive", "Post"],
    ["desk", "12.5", "41.5", 12.5],
    ["homepage", "http://x.example.test", "https://staff.example.test/alice", "http://x.example.test"],
    ["homepage", " ", "https://staff.example.test/alice", null],
    ["name", "CD-0001", "AB-1234", "CD-0001"],
  ];
  test.each(typed)("of %s to “%s” sends it", async (name, text, before, to) => {
    const { user, host } = await draw();
    await user.click(byId(`edit-custom-${name}`));
    const input = await findById(`input-custom-${name}`);
    expect(input).toHaveValue(before);
    await user.clear(input);
    await user.type(input, text);
    await user.click(byId(`save-custom-${name}`));
    await waitFor(() => expect(screen.queryByTestId("dialog")).toBeNull());
    expect(sent(host)).toEqual([
      { accountId: "alice00000001", request: { [name]: { from: name === "desk" ? 41.5 : before, to } } },
    ]);
  });

  test("of a date, a choice and a checkbox", async () => {
    const { user, host } = await draw();
    await user.click(byId("edit-custom-joined"));
    await user.clear(await findById("input-custom-joined-day"));
    await user.click(byId("save-custom-joined"));
    expect(byId("invalid")).toHaveTextContent(en.profile_invalid_whole_date());
    await user.type(byId("input-custom-joined-day"), "10");
    await user.click(byId("save-custom-joined"));
    await waitFor(() => expect(byId("value-custom-joined")).toHaveTextContent("10 March 2019"));
    await user.click(byId("edit-custom-meal"));
    await user.selectOptions(await findById("input-custom-meal"), "");
    expect(byId("save-custom-meal")).toHaveTextContent("Remove Canteen");
    await user.click(byId("save-custom-meal"));
    await waitFor(() => expect(byId("value-custom-meal")).toHaveTextContent(en.common_not_set()));
    await user.click(byId("edit-custom-newsletter"));
    await user.click(await findById("input-custom-newsletter"));
    await user.click(byId("save-custom-newsletter"));
    await waitFor(() => expect(byId("value-custom-newsletter")).toHaveTextContent("No"));
    expect(sent(host)).toMatchObject([
      { request: { joined: { from: "03/09/2019", to: "03/10/2019" } } },
      { request: { meal: { from: "v", to: null } } },
      { request: { newsletter: { from: true, to: false } } },
    ]);
  });

  test.each([
    ["department", " ", en.profile_invalid_empty()],
    ["department", "x", "This is shorter than 2 characters."],
    ["department", "😀".repeat(11), "This is longer than 20 characters."],
    ["desk", "401", "This is more than 400."],
    ["desk", "0", "This is less than 1."],
    ["desk", "NaN", "Write it like 1234.5."],
    ["homepage", "javascript:alert(1)", en.profile_invalid_url()],
  ])("of %s to “%s” is refused here", async (name, text, problem) => {
    const { user, host } = await draw();
    await user.click(byId(`edit-custom-${name}`));
    const input = await findById(`input-custom-${name}`);
    await user.clear(input);
    await user.type(input, text);
    await user.click(byId(`save-custom-${name}`));
    expect(input).toHaveAccessibleDescription(expect.stringContaining(problem));
    expect(sent(host)).toEqual([]);
  });

  test("that the server's pattern refuses keeps what was typed", async () => {
    const { user } = await draw();
    await user.click(byId("edit-custom-name"));
    await user.type(await findById("input-custom-name"), "x");
    await user.click(byId("save-custom-name"));
    expect(await findById("invalid")).toHaveTextContent(en.profile_invalid_pattern());
    expect(byId("input-custom-name")).toHaveValue("AB-1234x");
  });

  test("of a value that the inputs cannot show shows it beside them", async () => {
    const { user, host } = await draw(oddCustomFields());
    await user.click(byId("edit-custom-agreed"));
    expect(await findById("dialog")).toHaveTextContent("It is now: perhaps");
    await user.click(byId("input-custom-agreed"));
    await user.click(byId("save-custom-agreed"));
    await waitFor(() => expect(byId("value-custom-agreed")).toHaveTextContent("Yes"));
    expect(sent(host)).toMatchObject([{ request: { agreed: { from: "perhaps", to: true } } }]);
  });

  test("meets a change made elsewhere as every other does", async () => {
    const { user, host } = await draw();
    await user.click(byId("edit-custom-desk"));
    const input = await findById("input-custom-desk");
    await user.clear(input);
    await user.type(input, "7");
    host.organisation.elsewhere.set("desk", 99);
    await user.click(byId("save-custom-desk"));
    expect(await findById("conflict")).toHaveTextContent("99");
    await user.click(byId("keep-mine"));
    await waitFor(() => expect(byId("value-custom-desk")).toHaveTextContent(/^7$/));
    expect(sent(host)).toMatchObject([
      { request: { desk: { from: 41.5, to: 7 } } },
      { request: { desk: { from: 99, to: 7 } } },
    ]);
  });

  test("can give way to a change made elsewhere", async () => {
    const { user, host, app } = await draw();
    await user.click(byId("edit-custom-desk"));
    await user.type(await findById("input-custom-desk"), "7");
    host.organisation.elsewhere.set("desk", 99);
    await user.click(byId("save-custom-desk"));
    await user.click(await findById("take-theirs"));
    await waitFor(() => expect(screen.queryByTestId("dialog")).toBeNull());
    expect(byId("value-custom-desk")).toHaveTextContent(/^99$/);
    expect(byId("edit-custom-desk")).toHaveTextContent(en.profile_change());
    expect(app.announcement).toBe(en.profile_conflict_taken({ field: "Desk" }));
    expect(sent(host)).toHaveLength(1);
  });

  test("that was left goes on with what was typed", async () => {
    const { user, host } = await draw();
    await user.click(byId("edit-custom-department"));
    await user.type(await findById("input-custom-department"), " 2");
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByTestId("dialog")).toBeNull());
    expect(screen.getByText(en.profile_unsaved())).toBeVisible();
    await user.click(byId("nav-overview"));
    await user.click(byId("nav-profile"));
    const resume = await findById("edit-custom-department");
    expect(resume).toHaveAccessibleName(en.profile_resume_field({ field: "Department" }));
    await user.click(resume);
    expect(await findById("input-custom-department")).toHaveValue("Archive 2");
    await user.click(byId("save-custom-department"));
    await waitFor(() => expect(byId("value-custom-department")).toHaveTextContent("Archive 2"));
    expect(screen.queryByText(en.profile_unsaved())).toBeNull();
    expect(sent(host)).toMatchObject([{ request: { department: { from: "Archive", to: "Archive 2" } } }]);
  });

  test("of a checkbox that was never set sends no when it is saved unticked", async () => {
    const fields = fakeAccount(NOW).custom_fields.map((field) =>
      field.name === "newsletter" ? { ...field, value: { access: "edit" as const, value: null } } : field,
    );
    const { user, host } = await draw(fields);
    expect(byId("value-custom-newsletter")).toHaveTextContent(en.common_not_set());
    await user.click(byId("edit-custom-newsletter"));
    expect(await findById("input-custom-newsletter")).not.toBeChecked();
    expect(byId("save-custom-newsletter")).toHaveTextContent("Save Staff newsletter");
    await user.click(byId("save-custom-newsletter"));
    await waitFor(() => expect(byId("value-custom-newsletter")).toHaveTextContent("No"));
    expect(sent(host)).toMatchObject([{ request: { newsletter: { from: null, to: false } } }]);
  });

  test("speaks German, numbers and dates too", async () => {
    const { user, host } = await draw(undefined, { languages: ["de-AT"] });
    expect(byId("value-custom-desk")).toHaveTextContent("41,5");
    expect(byId("value-custom-joined")).toHaveTextContent("9. März 2019");
    await user.click(byId("edit-custom-desk"));
    const input = await findById("input-custom-desk");
    expect(input).toHaveValue("41,5");
    expect(input).toHaveAccessibleDescription("Eine Zahl von 1 bis 400.");
    expect(byId("save-custom-desk")).toHaveTextContent("Desk speichern");
    await user.clear(input);
    await user.type(input, "12.5");
    await user.click(byId("save-custom-desk"));
    expect(byId("invalid")).toHaveTextContent(de.profile_invalid_number({ example: "1234,5" }));
    await user.clear(input);
    await user.type(input, "12,5");
    await user.click(byId("save-custom-desk"));
    await waitFor(() => expect(byId("value-custom-desk")).toHaveTextContent("12,5"));
    expect(sent(host)).toMatchObject([{ request: { desk: { from: 41.5, to: 12.5 } } }]);
  });

  test("of a field named like a standard one leaves that alone", async () => {
    const { user, host } = await draw();
    await user.click(byId("edit-custom-name"));
    await user.type(await findById("input-custom-name"), "{Backspace}9");
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByTestId("dialog")).toBeNull());
    expect(byId("edit-name")).toHaveTextContent(en.profile_change());
    await user.click(byId("edit-name"));
    expect(await findById("input-name")).toHaveValue("Alice Example");
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByTestId("dialog")).toBeNull());
    await user.click(byId("edit-custom-name"));
    await user.click(await findById("save-custom-name"));
    await waitFor(() => expect(byId("value-custom-name")).toHaveTextContent("AB-1239"));
    expect(byId("value-name")).toHaveTextContent("Alice Example");
    expect(sent(host)).toMatchObject([{ request: { name: { from: "AB-1234", to: "AB-1239" } } }]);
  });

  test("of a field with a long name keeps the verb whole", async () => {
    const { user } = await draw(oddCustomFields(), { languages: ["de"] });
    await user.click(byId("edit-custom-long"));
    expect(await findById("save-custom-long")).toHaveTextContent(/^Verwaltungsdienstgebäud… speichern$/);
  });
});
