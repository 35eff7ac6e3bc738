/** What jsdom lacks and every test needs. */
import "@testing-library/jest-dom/vitest";

import { cleanup, configure } from "@testing-library/svelte";
import { afterEach, vi } from "vitest";

// A condition may take its time on a busy machine; a failure need not print the whole page.
configure({
  asyncUtilTimeout: 10_000,
  getElementError: (message) => new Error(message?.split("\n")[0] ?? "not found"),
});

vi.stubGlobal(
  "matchMedia",
  vi.fn((media: string) => ({
    matches: false,
    media,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  })),
);
vi.stubGlobal(
  "ResizeObserver",
  class {
    observe() {}
    unobserve() {}
    disconnect() {}
  },
);
HTMLCanvasElement.prototype.getContext = () => null;
Element.prototype.scrollIntoView ??= () => undefined;
Element.prototype.hasPointerCapture ??= () => false;
Element.prototype.releasePointerCapture ??= () => undefined;
Element.prototype.setPointerCapture ??= () => undefined;

afterEach(() => {
  cleanup();
  vi.useRealTimers();
  document.documentElement.removeAttribute("dir");
});
