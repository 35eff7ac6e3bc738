/**
 * How the catalogues in `messages/` become functions: by Vite itself (`vite.config.ts`) and, where there is no Vite,
 * by `scripts/messages.mjs`. The project's settings name the format's plugin by its path in `node_modules`, because
 * Paraglide would fetch it from the network by any other name.
 * @type {import("@inlang/paraglide-js").CompilerOptions}
 */
export const MESSAGES = {
  project: "./project.inlang",
  outdir: "./src/lib/paraglide",
  // The app says which language it is: see `App`.
  strategy: ["baseLocale"],
  isServer: "false",
  // Every message is in use, so one module for each language is enough.
  outputStructure: "locale-modules",
  // What is there may be read meanwhile, and nothing gets stale: the files are the same, whatever the messages.
  cleanOutdir: false,
  emitGitIgnore: false,
  emitPrettierIgnore: false,
  emitReadme: false,
  includeEslintDisableComment: false,
};
