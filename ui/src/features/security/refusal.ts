/** Errors about the value are shown next to the input, all others next to the form. */
import type { CommandError } from "../../lib/contract";

export type Refusal = "refused" | "taken" | "conflict";

export function refusalOf(error: CommandError): Refusal | null {
  switch (error.code) {
    case "invalid_value":
      return "refused";
    case "identifier_unavailable":
      return "taken";
    case "conflict":
      return "conflict";
    default:
      return null;
  }
}
