import { expect, test } from "vitest";

import type { Identifier, SignInWay } from "../../lib/contract";
import { uses, wayInWords, without } from "../../lib/ways";
import { mistakeIn as mistakeInAddress } from "./address.svelte";
import { mistakeIn as mistakeInUsername } from "./username.svelte";

const words = (way: SignInWay) => wayInWords(way, "en-GB");

test("every way has plain words", () => {
  const ways: [SignInWay, string][] = [
    [{ kind: "password", with: ["username", "email"] }, "Password, with username or e-mail"],
    [{ kind: "password", with: [] }, "Password"],
    [{ kind: "email_code" }, "Code by e-mail"],
    [{ kind: "phone_code" }, "Code by text message"],
    [{ kind: "social", target: "github", name: "GitHub" }, "GitHub account"],
    [{ kind: "social", target: "github", name: " " }, "github account"],
    [{ kind: "enterprise", name: "Example Corp" }, "Work account at Example Corp"],
    [{ kind: "enterprise", name: null }, "Work account"],
    [{ kind: "passkey" }, "Passkey"],
    [{ kind: "other" }, "Another method"],
  ];
  for (const [way, expected] of ways) expect(words(way)).toBe(expected);
});

test("an identifier that this page does not know is left out", () => {
  const newer = (...identifiers: string[]) => words({ kind: "password", with: identifiers as Identifier[] });
  expect(newer("badge", "email", "toString")).toBe("Password, with e-mail");
  expect(newer("badge")).toBe("Password");
});

test.each([
  ["email", [{ kind: "email_code" }], [{ kind: "email_code" }], []],
  ["email", [{ kind: "password", with: ["email"] }], [{ kind: "password", with: ["email"] }], []],
  [
    "email",
    [{ kind: "password", with: ["username", "email"] }],
    [{ kind: "password", with: ["email"] }],
    [{ kind: "password", with: ["username"] }],
  ],
  ["phone", [{ kind: "email_code" }, { kind: "passkey" }], [], [{ kind: "email_code" }, { kind: "passkey" }]],
  [
    "username",
    [{ kind: "social", target: "x", name: null }],
    [],
    [{ kind: "social", target: "x", name: null }],
  ],
] satisfies [Identifier, SignInWay[], SignInWay[], SignInWay[]][])(
  "without %s, of %j is lost %j and left %j",
  (identifier, ways, lost, left) => {
    expect(without(ways, identifier)).toEqual({ lost, left });
    expect(ways.some((way) => uses(way, identifier))).toBe(lost.length > 0);
  },
);

test.each([
  ["email", "", null, "empty"],
  ["email", "a@b", null, null],
  ["email", "@b", null, "form"],
  ["email", "a@b@c", null, "form"],
  ["email", "ä@bücher.example", null, null],
  ["email", "a@b", "a@b", "same"],
  ["phone", "+43 664/123-45.67", null, null],
  ["phone", "0043 664 1234567", "436641234567", "same"],
  ["phone", "+436641234567", "436641234567", "same"],
  ["phone", "664 1234567", null, "form"],
  ["phone", "+43 664 ext 5", null, "form"],
] as const)("%s %j, %j being the present one: %s", (route, typed, present, mistake) => {
  expect(mistakeInAddress(route, typed, present)).toBe(mistake);
});

test.each([
  ["", "empty"],
  ["alice_2", null],
  ["_", null],
  ["2alice", "form"],
  ["al ice", "form"],
  ["älice", "form"],
  ["alice\u202e", "form"],
  ["x".repeat(128), null],
  ["x".repeat(129), "too_long"],
] as const)("the username %j: %s", (typed, mistake) => {
  expect(mistakeInUsername(typed)).toBe(mistake);
});
