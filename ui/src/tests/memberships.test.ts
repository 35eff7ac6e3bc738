/** Organisations and roles: read only, and nothing drawn without data. */
import { screen, waitFor } from "@testing-library/svelte";
import { expect, test, vi } from "vitest";

import { fakeMemberships } from "../lib/host/fake_organisation";
import { error } from "../lib/host/fake_parts";
import { en } from "./messages";
import { byId, drawSignedIn, findById } from "./page";

test("each organisation has its roles, each role its purpose", async () => {
  await drawSignedIn({ page: "profile" });
  expect(await findById("organization-choir")).toHaveTextContent("Example Choir");
  expect(byId("organization-choir")).toHaveTextContent("Treasurer");
  expect(byId("organization-choir")).toHaveTextContent("Sings on Mondays");
  expect(byId("role-editor")).toHaveTextContent("May edit the news");
  const groups = screen.getAllByRole("heading", { level: 3 });
  expect(groups.map((group) => group.textContent)).toEqual(["Organisations", "General roles"]);
  expect(groups[1]?.nextElementSibling).toContainElement(byId("role-editor"));
  expect(byId("card-memberships").querySelector("button")).toBeNull();
});

test("a group without anything in it is not drawn", async () => {
  await drawSignedIn({
    page: "profile",
    prepare: (made) => (made.organisation.memberships = { ...fakeMemberships(), roles: [] }),
  });
  await findById("organization-lab");
  expect(screen.getAllByRole("heading", { level: 3 })).toHaveLength(1);
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
  expect(await findById("notice")).toHaveTextContent(en.errors_offline_title());
  expect(byId("role-editor")).toBeVisible();
  await user.click(byId("memberships-retry"));
  await waitFor(() => expect(screen.queryByTestId("notice")).toBeNull());
});

test("a first reading that fails is said and can be tried again", async () => {
  const { user } = await drawSignedIn({
    page: "profile",
    prepare: (made) => made.fail("memberships", error("upstream_unavailable")),
  });
  expect(await findById("notice")).toHaveTextContent(en.errors_upstream_unavailable_title());
  expect(byId("card-memberships")).toContainElement(byId("notice"));
  expect(screen.queryByTestId("organization-choir")).toBeNull();
  await user.click(byId("memberships-retry"));
  expect(await findById("organization-choir")).toBeVisible();
  expect(screen.queryByTestId("notice")).toBeNull();
});

test("a reading that hangs can be asked again, and its late answer changes nothing", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  let release = () => {};
  const { host } = await drawSignedIn({
    page: "profile",
    prepare: (made) => (release = made.hold("memberships")),
  });
  await vi.advanceTimersByTimeAsync(9_900);
  expect(screen.queryByTestId("retry")).toBeNull();
  await vi.advanceTimersByTimeAsync(200);
  expect(screen.getByText(en.common_slow_answer())).toBeVisible();
  byId("retry").click();
  await vi.advanceTimersByTimeAsync(100);
  vi.useRealTimers();
  expect(await findById("organization-choir")).toBeVisible();
  expect(screen.queryByTestId("retry")).toBeNull();
  host.organisation.memberships = { organizations: [], roles: [] };
  release();
  await new Promise((resolve) => setTimeout(resolve));
  expect(byId("organization-choir")).toBeVisible();
});
