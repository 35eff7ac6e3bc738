/** Where the focus goes when a dialog of this page closes. */
import type { Security } from "./state.svelte";

/**
 * To its result, else to the button it was opened with, else to the page's heading. Nowhere while another dialog
 * took its place.
 */
export function cameFrom(security: Security, verb: string): HTMLElement | null {
  if (security.isOpen) return null;
  return (
    document.getElementById("security-result") ??
    document.getElementById(`security-${verb}`) ??
    document.querySelector<HTMLElement>("main h1")
  );
}
