import { describe, expect, test, vi } from "vitest";

import type { PasswordIssue, PasswordRules } from "../../lib/contract";
import { generate } from "./generate";
import { issuesIn, marked, type OwnData, partsOf } from "./rules";

const RULES: PasswordRules = {
  min_length: 8,
  max_length: 256,
  min_character_types: 2,
  rejects_breached: true,
  rejects_repetition: true,
  rejects_user_info: true,
  rejected_words: ["Example", "corp"],
};
const OWN: OwnData = {
  name: "Alice van Example-Smith",
  username: "al_ice",
  email: "a.smith@example.test",
  phone: "15550000001",
};
const kinds = (password: string, rules: Partial<PasswordRules> = {}, own = OWN) =>
  issuesIn(password, { ...RULES, ...rules }, own).map(({ kind }) => kind);

test.each<[password: string, rules: Partial<PasswordRules>, broken: PasswordIssue["kind"][]]>([
  // Length, in UTF-16 code units.
  ["Tulip-7", {}, ["too_short"]],
  ["Tulip-72", {}, []],
  ["Tulip-72", { max_length: 7 }, ["too_long"]],
  ["T7-".repeat(86), {}, ["too_long"]],
  ["T7-".repeat(86), { max_length: 300 }, ["too_long"]],
  ["Tul-7😀", {}, ["too_short", "unsupported_characters"]],
  ["Tulip-😀", {}, ["unsupported_characters"]],
  // Types of characters.
  ["tulipharbour", {}, ["character_types"]],
  ["tulipHarbour", {}, []],
  ["tulipHarbour", { min_character_types: 3 }, ["character_types"]],
  ["tulipHarb0ur", { min_character_types: 3 }, []],
  ["tulipHarb0ur", { min_character_types: 4 }, ["character_types"]],
  ["tul_pHarb0ur", { min_character_types: 4 }, []],
  ["tulipharbour", { min_character_types: 1 }, []],
  ["!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", { min_character_types: 1 }, []],
  // Spaces are symbols, also at the ends; other white space is not taken.
  ["tulip harbour", {}, []],
  ["  tulip72  ", { min_character_types: 3 }, []],
  ["        ", {}, ["character_types", "repetition"]],
  ["Tulip\tharbour", {}, ["unsupported_characters"]],
  ["Tülip-harbour", {}, ["unsupported_characters"]],
  ["Tulip\u00a0harbour", {}, ["unsupported_characters"]],
  // Repetitions.
  ["aaaaaaaA1", {}, ["repetition"]],
  ["aaAAaa12", {}, ["repetition"]],
  ["aaAAa129", {}, []],
  ["aaaaaaaA1", { rejects_repetition: false }, []],
  ["aabbccddee1", {}, []],
  // Sequences, of the alphabet, of digits and of the keyboard, backwards too.
  ["abcdefg1", {}, ["sequence"]],
  ["ABCdef12", {}, ["sequence"]],
  ["98765432a", {}, ["sequence"]],
  ["qwertyui1", {}, ["sequence"]],
  ["1lkjhgfds", {}, ["sequence"]],
  ["1qaz2wsx", {}, ["sequence"]],
  ["1qaz2wsx", { rejects_repetition: false }, []],
  ["0987654321Q", {}, ["sequence"]],
  ["ab1cd2ef3gh4", {}, []],
  // Three characters in addition to an easily guessed part are enough, two are not.
  ["abcdeK7p", {}, []],
  ["abcdefK7", {}, ["sequence"]],
  // Counted together: neither alone would be refused.
  ["aaa123Kp", {}, ["repetition", "sequence"]],
  ["aaa123Kpx", {}, []],
  ["abccorpQ", {}, ["sequence", "word"]],
  // Words of the tenant, in any case.
  ["eXampleQ", {}, ["word"]],
  ["exampleQ", { rejected_words: [] }, []],
  ["exampleQ", { rejected_words: [""] }, []],
  ["corpcorpQ", {}, ["word"]],
  // The user's own data.
  ["aliceVANQ", {}, ["user_info"]],
  ["al_iceQ7", {}, ["user_info"]],
  ["a.smithQ", {}, ["user_info"]],
  ["15550000001Q", { rejects_repetition: false }, ["user_info"]],
  ["AliceVanExample-Smith", {}, ["word", "user_info"]],
  ["aliceVANQ", { rejects_user_info: false }, []],
  ["alice-harbour", {}, []],
  // Too short for the number of further characters that longer ones need.
  ["aaa", { min_length: 1, min_character_types: 1 }, ["repetition"]],
  ["", { min_length: 1 }, ["too_short", "character_types"]],
])("b15_%j under %j breaks %j", (password, rules, broken) => {
  expect(kinds(password, rules)).toEqual(broken);
});

test("issues say the tenant's numbers", () => {
  expect(issuesIn("a", { ...RULES, min_length: 12, min_character_types: 3 }, OWN)).toEqual([
    { kind: "too_short", min: 12 },
    { kind: "character_types", min: 3 },
  ]);
  expect(issuesIn("Tulip-7-harbour", { ...RULES, max_length: 10 }, OWN)).toEqual([
    { kind: "too_long", max: 10 },
  ]);
});

test("nothing is looked for in data that is not there", () => {
  const nothing: OwnData = { name: null, username: null, email: null, phone: "" };
  expect(partsOf(nothing)).toEqual([]);
  expect(kinds("aliceVANQ", {}, nothing)).toEqual([]);
});

describe("the marks", () => {
  const marks = (
    password: string,
    change: {
      rules?: PasswordRules | null;
      said?: PasswordIssue[];
      hasPassword?: boolean;
      tried?: boolean;
    } = {},
  ) => {
    const { rules = RULES, said = [], hasPassword = true, tried = false } = change;
    const rows = marked(password, rules, OWN, { said, hasPassword, tried });
    return Object.fromEntries(rows.map(({ rule, mark }) => [rule.name, mark]));
  };

  test("name every rule of the tenant, and those that only the server can tick", () => {
    expect(marks("")).toEqual({
      length: "missing",
      types: "missing",
      characters: "missing",
      repetition: "missing",
      sequence: "missing",
      own_data: "missing",
      words: "missing",
      breached: "later",
      same: "later",
    });
    const few: PasswordRules = {
      min_length: 1,
      max_length: 256,
      min_character_types: 1,
      rejects_breached: false,
      rejects_repetition: false,
      rejects_user_info: false,
      rejected_words: [],
    };
    expect(marks("a", { rules: few, hasPassword: false })).toEqual({ length: "met", characters: "met" });
  });

  test("are not red for what may still come, but for what no further character mends", () => {
    expect(marks("tul")).toMatchObject({ length: "missing", types: "missing", characters: "met" });
    expect(marks("tul", { tried: true })).toMatchObject({ length: "broken", types: "broken" });
    expect(marks("tül")).toMatchObject({ characters: "broken" });
    expect(marks("T7-".repeat(86))).toMatchObject({ length: "broken" });
  });

  test("follow the server where it says otherwise, or more", () => {
    const said: PasswordIssue[] = [
      { kind: "too_short", min: 12 },
      { kind: "breached" },
      { kind: "same_as_present" },
      { kind: "newer_rule" } as unknown as PasswordIssue,
    ];
    expect(marks("Tulip-72", { said })).toMatchObject({
      length: "broken",
      types: "met",
      breached: "broken",
      same: "broken",
      other: "broken",
    });
    const rows = marked("Tulip-72", null, OWN, { said, hasPassword: false, tried: true });
    expect(rows.map(({ rule }) => rule)).toEqual([
      { name: "length", min: 12, max: 256 },
      { name: "breached" },
      { name: "same" },
      { name: "other" },
    ]);
  });
});

describe("a generated password", () => {
  test.each<[PasswordRules | null, number]>([
    [RULES, 20],
    [null, 20],
    [{ ...RULES, min_length: 32, min_character_types: 4 }, 32],
    [{ ...RULES, max_length: 9, min_character_types: 4 }, 9],
  ])("under %j has %i characters and obeys it", (rules, length) => {
    const made = new Set(Array.from({ length: 50 }, () => generate(rules, OWN)));
    expect(made.size).toBe(50);
    for (const password of made) {
      expect(password).toHaveLength(length);
      expect(issuesIn(password, { ...(rules ?? RULES), min_character_types: 4 }, OWN)).toEqual([]);
    }
  });

  test("favours no character", () => {
    // Every byte equally often: every character comes equally often.
    let at = 0;
    const random = vi.spyOn(crypto, "getRandomValues").mockImplementation((bytes) => {
      if (!(bytes instanceof Uint8Array)) throw new Error("not bytes");
      for (let index = 0; index < bytes.length; index++) bytes[index] = (at++ * 101) % 256;
      return bytes;
    });
    const counts = new Map<string, number>();
    for (let made = 0; made < 219; made++)
      for (const character of generate(RULES, OWN)) counts.set(character, (counts.get(character) ?? 0) + 1);
    random.mockRestore();
    expect(counts.size).toBe(73);
    expect(new Set(counts.values())).toEqual(new Set([60]));
  });
});
