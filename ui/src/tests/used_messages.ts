/**
 * The messages that the page uses, by the types of TypeScript: ``m[`views_${page}`]`` uses one for each page.
 * Components become TypeScript by svelte2tsx, as svelte-check does it.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";

import { VERSION } from "svelte/compiler";
import type * as Svelte2tsx from "svelte2tsx";
import ts from "typescript";

// An `import` would go through Vite, which takes it for a component library and misses its source map.
const { svelte2tsx } = createRequire(import.meta.url)("svelte2tsx") as typeof Svelte2tsx;

/** The end of the name that a component has while it is TypeScript. */
const TRANSLATED = ".component.ts";
const MESSAGES = resolve("src/lib/paraglide");

export function usedMessages(): Set<string> {
  const program = programOf(sources());
  const checker = program.getTypeChecker();
  const used = new Set<string>();
  const isMessages = (node: ts.Expression) => {
    const symbol = ts.isIdentifier(node) && node.text === "m" && checker.getSymbolAtLocation(node);
    if (!symbol || !(symbol.flags & ts.SymbolFlags.Alias)) return false;
    const file = checker.getAliasedSymbol(symbol).declarations?.[0]?.getSourceFile().fileName;
    return file?.startsWith(MESSAGES) ?? false;
  };
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node) && isMessages(node.expression)) used.add(node.name.text);
    if (ts.isElementAccessExpression(node) && isMessages(node.expression)) {
      const type = checker.getTypeAtLocation(node.argumentExpression);
      for (const one of type.isUnion() ? type.types : [type]) {
        if (!one.isStringLiteral()) throw new Error(`${node.getText()}: not known which messages`);
        used.add(one.value);
      }
    }
    ts.forEachChild(node, visit);
  };
  for (const name of program.getRootFileNames()) {
    const file = program.getSourceFile(name);
    if (file) visit(file);
  }
  return used;
}

/** What is part of the page: neither tests nor what is generated. */
function sources(): string[] {
  return ts.sys
    .readDirectory(resolve("src"), [".ts", ".svelte"], ["tests", "lib/paraglide"])
    .filter((name) => !name.endsWith(".test.ts"));
}

function programOf(names: readonly string[]): ts.Program {
  const { config } = ts.readConfigFile("tsconfig.json", ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, resolve("."));
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists } = host;
  const component = (name: string) => name.endsWith(TRANSLATED) && name.slice(0, -TRANSLATED.length);
  host.fileExists = (name) => fileExists(component(name) || name);
  host.readFile = (name) => {
    const source = component(name);
    if (!source) return readFile(name);
    const options = { filename: source, isTsFile: true, mode: "ts", version: VERSION } as const;
    return svelte2tsx(readFileSync(source, "utf8"), options).code;
  };
  host.resolveModuleNameLiterals = (literals, from) =>
    literals.map(({ text }) => {
      const file = resolve(from, "..", text);
      // `app.svelte` may also be short for `app.svelte.ts`.
      const isComponent = text.endsWith(".svelte") && names.includes(file);
      if (!isComponent) return ts.resolveModuleName(text, from, options, host);
      return { resolvedModule: { resolvedFileName: file + TRANSLATED, extension: ts.Extension.Ts } };
    });
  const translated = names.map((name) => (name.endsWith(".svelte") ? name + TRANSLATED : name));
  const shims = ["svelte-shims-v4.d.ts", "svelte-jsx-v4.d.ts"].map((name) =>
    resolve("node_modules/svelte2tsx", name),
  );
  return ts.createProgram([...translated, ...shims], options, host);
}
