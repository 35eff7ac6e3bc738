/// <reference types="vitest/config" />
import { paraglideVitePlugin } from "@inlang/paraglide-js";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { svelteTesting } from "@testing-library/svelte/vite";
import { defineConfig } from "vite";

import { MESSAGES } from "./messages.config.js";

/** What tauri.conf.json tells the window; the preview sends it too, so that a breach shows before the shell is built. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "img-src 'self' data:",
  "style-src 'self'",
  "script-src 'self'",
  "connect-src ipc: http://ipc.localhost",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

export default defineConfig(({ mode }) => ({
  plugins: [paraglideVitePlugin(MESSAGES), svelte(), ...(mode === "test" ? [svelteTesting()] : [])],
  server: { port: 5173, strictPort: true, host: "127.0.0.1" },
  preview: { host: "127.0.0.1", headers: { "content-security-policy": CONTENT_SECURITY_POLICY } },
  build: {
    target: "es2022",
    manifest: true,
    // Inlined scripts and pictures would need exceptions in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    outDir: mode === "fake" ? "dist-fake" : "dist",
  },
  test: {
    environment: "jsdom",
    setupFiles: ["./src/tests/setup.ts"],
    include: ["src/**/*.test.ts"],
    testTimeout: 30_000,
  },
}));
