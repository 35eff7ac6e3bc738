/** Style is prettier's; here stand correctness and the walls between the rooms of the page. */
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";

import svelteConfig from "./svelte.config.js";

const TAURI = { group: ["@tauri-apps/*"], message: "Only lib/host/tauri.ts knows Tauri: use the host." };
const FEATURES = [
  "access_tokens",
  "appearance",
  "memberships",
  "overview",
  "problem",
  "profile",
  "security",
  "server",
  "session",
  "sessions",
  "sign_in",
  "social",
  "step_up",
];

/** Files below `folder` may not import what `patterns` match. */
const wall = (folder, patterns, ignores = []) => ({
  files: [`src/${folder}/**/*.ts`, `src/${folder}/**/*.svelte`],
  ignores: ["src/**/*.test.ts", ...ignores],
  rules: { "no-restricted-imports": ["error", { patterns: [TAURI, ...patterns] }] },
});

export default ts.config(
  { ignores: ["dist", "dist-fake", "public", "src/lib/contract", "src/lib/paraglide"] },
  ...ts.configs.strict,
  ...svelte.configs["flat/recommended"],
  {
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    rules: {
      "no-console": "error",
      eqeqeq: "error",
      "no-eval": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-invalid-void-type": "off",
    },
  },
  { files: ["scripts/*.mjs"], rules: { "no-console": "off" } },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
    rules: {
      // Words of a person or a server are never markup (N26).
      "svelte/no-at-html-tags": "error",
      // The content security policy allows no style attribute.
      "svelte/no-inline-styles": ["error", { allowTransitions: false }],
      "svelte/no-target-blank": "error",
      "svelte/button-has-type": "error",
      "svelte/require-each-key": "error",
      "svelte/prefer-const": ["error", { destructuring: "all" }],
      "prefer-const": "off",
    },
  },
  wall(
    "lib",
    [
      { group: ["**/features/*", "**/features/**"], message: "lib serves features and does not know them." },
      { group: ["**/views/*", "**/views/**"], message: "lib serves views and does not know them." },
    ],
    ["src/lib/host/tauri.ts"],
  ),
  ...FEATURES.map((feature) =>
    wall(`features/${feature}`, [
      {
        group: FEATURES.filter((other) => other !== feature).map((other) => `**/${other}/*`),
        message: "A feature does not know another: compose them in a view.",
      },
      {
        group: ["**/views/*", "**/views/**"],
        message: "Views are made of features, not the other way round.",
      },
    ]),
  ),
  wall("views", []),
  {
    files: ["src/*.ts", "src/*.svelte"],
    rules: { "no-restricted-imports": ["error", { patterns: [TAURI] }] },
  },
  {
    files: ["src/**/*.ts", "src/**/*.svelte"],
    ignores: ["src/**/*.test.ts", "src/tests/**", "src/lib/host/fake*.ts"],
    rules: {
      "no-restricted-globals": [
        "error",
        { name: "fetch", message: "The page has no network: ask the host." },
        { name: "localStorage", message: "The page keeps nothing." },
        { name: "sessionStorage", message: "The page keeps nothing." },
        { name: "indexedDB", message: "The page keeps nothing." },
      ],
    },
  },
);
