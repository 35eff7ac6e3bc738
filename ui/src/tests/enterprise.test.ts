/** Security: what the organisation's own identity provider manages. */
import { screen } from "@testing-library/svelte";
import { expect, test } from "vitest";
import type { EnterpriseIdentityView } from "../lib/contract";
import { en } from "./messages";
import { byId, NOW } from "./page";
import { drawSecurity } from "./securing";

const AT_CORP: EnterpriseIdentityView = {
  connector: "Example Corp",
  issuer: "https://corp.example.test/oidc",
  name: "Alice Example",
  email: "alice@corp.example.test",
  since: NOW - 400 * 86_400_000,
  signs_in: true,
  domains: ["corp.example.test", "works.example.test"],
  syncs_profile: true,
};

const drawWith = (identities: EnterpriseIdentityView[], contact: { email?: string; website?: string } = {}) =>
  drawSecurity({
    enterprise: {
      identities,
      support_email: contact.email ?? null,
      support_website: contact.website ?? null,
    },
  });

test("is absent for users who have none", async () => {
  await drawSecurity();
  expect(screen.queryByTestId("card-enterprise")).toBeNull();
});

test("says whose it is, what it manages and whom to ask, and offers nothing", async () => {
  await drawWith([AT_CORP], { email: "it@corp.example.test", website: "https://help.corp.example.test" });
  const card = byId("card-enterprise");
  for (const text of [
    "Example Corp",
    "alice@corp.example.test",
    "Alice Example",
    en.security_enterprise_issuer({ issuer: "https://corp.example.test/oidc" }),
    en.security_enterprise_domains({ domains: "corp.example.test and works.example.test" }),
    en.security_enterprise_syncs(),
    en.security_enterprise_managed(),
  ]) {
    expect(card).toHaveTextContent(text);
  }
  expect(byId("enterprise-contact")).toHaveTextContent("ask it@corp.example.test.");
  expect(card.querySelectorAll("button, a")).toHaveLength(0);
});

test("says that one whose connector is gone signs in no more", async () => {
  const gone = { ...AT_CORP, connector: null, name: null, email: null, since: null };
  await drawWith([{ ...gone, signs_in: false, domains: [], syncs_profile: false }]);
  const card = byId("card-enterprise");
  expect(card).toHaveTextContent(en.security_enterprise_unnamed());
  expect(card).toHaveTextContent(en.security_enterprise_no_name());
  expect(card).toHaveTextContent(en.security_enterprise_no_sign_in());
  expect(card).toHaveTextContent(en.social_no_sign_in());
  expect(byId("enterprise-contact")).toHaveTextContent(en.security_enterprise_ask_organisation());
});

test("names the page for questions where there is no address", async () => {
  await drawWith([AT_CORP], { website: "https://help.corp.example.test" });
  expect(byId("enterprise-contact")).toHaveTextContent("ask https://help.corp.example.test.");
});

test("keeps two at the same provider apart", async () => {
  const second = { ...AT_CORP, email: "a.example@corp.example.test" };
  await drawWith([AT_CORP, second]);
  expect(byId("enterprise-0")).toHaveTextContent("alice@corp.example.test");
  expect(byId("enterprise-1")).toHaveTextContent("a.example@corp.example.test");
});
