/**
 * Adds up the JavaScript that the first view needs (the entry and what it imports statically), gzipped, prints
 * it and fails above the budget. Also fails when the stand-in host got into the build.
 */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGET = 90_000;
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));

const entry = Object.values(manifest).find((chunk) => chunk.isEntry);
if (!entry) throw new Error("dist holds no entry: run `npm run build` first");

const needed = new Set();
const visit = (chunk) => {
  if (needed.has(chunk.file)) return;
  needed.add(chunk.file);
  for (const name of chunk.imports ?? []) visit(manifest[name]);
};
visit(entry);

let total = 0;
for (const file of needed) {
  const bytes = gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length;
  total += bytes;
  console.log(`${String(bytes).padStart(8)}  ${file}`);
}
console.log(`${String(total).padStart(8)}  JavaScript of the first view, gzipped; budget ${BUDGET}`);

const all = Object.values(manifest).filter((chunk) => chunk.file.endsWith(".js"));
const standIn = all.find((chunk) =>
  readFileSync(new URL(chunk.file, dist), "utf8").includes("made by the stand-in"),
);
if (standIn) {
  console.error(`the stand-in host is in ${standIn.file}`);
  process.exit(1);
}
if (total > BUDGET) {
  console.error(`over budget by ${total - BUDGET} bytes`);
  process.exit(1);
}
