/** Organisations and roles: read only, and nothing drawn without data. */
import { screen, waitFor } from "@testing-library/svelte";
import { expect, test } from "vitest";

import { error } from "../lib/host/fake_parts";
import { en } from "../lib/texts/en";
import { byId, drawSignedIn, findById } from "./page";

test("each organisation has its roles, each role its purpose", async () => {
  await drawSignedIn({ page: "profile" });
  expect(await findById("organization-choir")).toHaveTextContent("Example Choir");
  expect(byId("organization-choir")).toHaveTextContent("Treasurer");
  expect(byId("organization-choir")).toHaveTextContent("Sings on Mondays");
  expect(byId("role-editor")).toHaveTextContent("May edit the news");
  expect(byId("card-memberships").querySelector("button")).toBeNull();
});

test("nothing is drawn where there are none", async () => {
  const { host } = await drawSignedIn({
    page: "profile",
    prepare: (made) => (made.organisation.memberships = { organizations: [], roles: [] }),
  });
  await findById("edit-name");
  await waitFor(() => expect(host.calls.some(({ command }) => command === "memberships")).toBe(true));
  await waitFor(() => expect(screen.queryByTestId("skeleton")).toBeNull());
  expect(screen.queryByTestId("card-memberships")).toBeNull();
});

test("a skeleton while it is read; a failure is said and can be tried again", async () => {
  let release = () => {};
  const { user, host } = await drawSignedIn({
    page: "profile",
    prepare: (made) => (release = made.hold("memberships")),
  });
  expect(await findById("skeleton")).toBeVisible();
  release();
  await findById("role-editor");
  await user.click(byId("nav-overview"));
  host.fail("memberships", error("offline"));
  await user.click(byId("nav-profile"));
  expect(await findById("notice")).toHaveTextContent(en.errors.offline.title);
  expect(byId("role-editor")).toBeVisible();
  await user.click(byId("memberships-retry"));
  await waitFor(() => expect(screen.queryByTestId("notice")).toBeNull());
});
