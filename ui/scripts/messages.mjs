/** Compiles the messages for what reads the result without Vite: the checks of types. */
import { readdirSync, readFileSync } from "node:fs";

import { compile } from "@inlang/paraglide-js";

import { MESSAGES } from "../messages.config.js";

// Paraglide names no file, and its stack holds the whole plugin: only messages are shown.
try {
  for (const name of readdirSync("messages")) {
    try {
      JSON.parse(readFileSync(`messages/${name}`, "utf8"));
    } catch (error) {
      throw new Error(`messages/${name}: ${error.message}`, { cause: error });
    }
  }
  await compile(MESSAGES);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
