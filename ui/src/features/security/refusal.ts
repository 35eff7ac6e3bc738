/** What the server says of the value itself is said beside what was typed; all else stands beside the form. */
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
