/** Rules about the source itself that no linter of ours knows. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { drawSignedIn, findById } from "./page";

const files = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.includes("contract") && !file.endsWith(".test.ts"));

const SOURCES = files("src").filter((file) => /\.(svelte|ts|css)$/.test(file));
const styleOf = (file: string) => {
  const text = readFileSync(file, "utf8");
  return file.endsWith(".css") ? text : (/<style>([\s\S]*)<\/style>/.exec(text)?.[1] ?? "");
};

/** Properties and values that know left and right or top and bottom instead of start and end. */
const PHYSICAL =
  /(?:^|[\s;{])(?:(?:margin|padding|border|inset)-(?:left|right|top|bottom)|left|right|top|bottom|width|height|(?:min|max)-(?:width|height)|float|clear)\s*:|text-align\s*:\s*(?:left|right)/m;

describe("styles", () => {
  test("the rule recognises what it forbids", () => {
    for (const bad of [
      "a { margin-left: 1px }",
      "a {\n  width: 2px;\n}",
      "a { text-align: right }",
      "a{left:0}",
    ]) {
      expect(bad).toMatch(PHYSICAL);
    }
    expect("a { margin-inline-start: 1px; inline-size: 2px; border-left-color: x }").not.toMatch(PHYSICAL);
  });

  test.each(SOURCES.filter((file) => styleOf(file)))(
    "%s reads from both sides, without a hand cursor",
    (file) => {
      const style = styleOf(file).replaceAll(/@media[^{]*\{/g, "{");
      expect(style).not.toMatch(PHYSICAL);
      expect(style).not.toMatch(/cursor:\s*pointer/);
      expect(style).not.toMatch(/https?:|url\(/);
    },
  );

  test("colours live in tokens.css alone, the pictures of the themes excepted", () => {
    const outside = SOURCES.filter((file) => !file.endsWith("tokens.css") && !file.includes("appearance"));
    for (const file of outside) expect(styleOf(file), file).not.toMatch(/#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(/i);
  });
});

describe("the content security policy has nothing to forbid", () => {
  test.each(SOURCES.filter((file) => file.endsWith(".svelte")))("n18_%s", (file) => {
    const text = readFileSync(file, "utf8");
    expect(text).not.toMatch(/\sstyle\s*=/);
    expect(text).not.toMatch(/\bon[a-z]+="/);
    expect(text).not.toMatch(/\{@html|innerHTML|insertAdjacentHTML|eval\(/);
    expect(text.replace(/<style>[\s\S]*<\/style>/, "")).not.toMatch(
      /\btransition:|\banimate:|\b(?:in|out):\w+=/,
    );
  });

  test("n18_the document has no script and no style of its own", () => {
    const html = readFileSync("index.html", "utf8");
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(html).toContain('<script type="module" src=');
    expect(html).not.toMatch(/<style|style=|https?:/);
  });
});

test("n19_only one file knows Tauri", () => {
  const knowing = SOURCES.filter((file) => readFileSync(file, "utf8").includes("@tauri-apps/"));
  expect(knowing).toEqual([join("src", "lib", "host", "tauri.ts")]);
});

test("every file stays readable in one sitting", () => {
  for (const file of SOURCES) expect(readFileSync(file, "utf8").split("\n").length, file).toBeLessThan(400);
});

test("from right to left the page is whole, and each foreign text keeps its own direction", async () => {
  document.documentElement.dir = "rtl";
  const { user } = await drawSignedIn();
  expect((await findById("account-name")).querySelector("bdi")).not.toBeNull();
  expect((await findById("fact-email")).querySelector("bdi")).not.toBeNull();
  (await findById("account-menu")).focus();
  await user.keyboard("{Enter}");
  expect((await findById("sign-out")).closest("[role=menu]")?.closest("[dir]")).toHaveAttribute("dir", "rtl");
});
