/**
 * The formatted address. Where it consists of the other parts and nothing else, it follows them; what the
 * user has written themself stays.
 */
import type { Address } from "../../lib/contract";

type Part = Exclude<keyof Address, "formatted">;
type Parts = Readonly<Partial<Record<keyof Address, string | null>>>;

/** In reading order. */
const PARTS = ["street_address", "postal_code", "locality", "region", "country"] as const satisfies Part[];

/** One part, and the text between it and the part before. */
interface Place {
  before: string;
  part: Part;
}
/** The order of the parts, and the text after the last. */
export interface Layout {
  places: readonly Place[];
  end: string;
  /** The parts that are not set; each is inserted once it is. */
  unset: readonly Part[];
}

/** Returns the layout of a formatted address; null when it does not consist of its parts, or when there is none. */
export function layoutOf(address: Parts): Layout | null {
  const isSet = (part: Part) => (address[part] ?? "").trim() !== "";
  // The longest first: a street may have the name of its city.
  const known = PARTS.filter(isSet).toSorted((a, b) => lengthOf(address[b]) - lengthOf(address[a]));
  let pieces: (string | { part: Part })[] = [address.formatted ?? ""];
  for (const part of known) pieces = pieces.flatMap(splitAtFirst(part, address[part] ?? ""));
  const places: Place[] = [];
  let between = "";
  for (const piece of pieces) {
    if (typeof piece === "string") {
      between += piece;
    } else {
      places.push({ before: between, part: piece.part });
      between = "";
    }
  }
  const others = [...places.map(({ before }) => before), between];
  if (places.length === 0 || others.some((text) => /[\p{L}\p{N}]/u.test(text))) return null;
  return { places, end: between, unset: PARTS.filter((part) => !isSet(part)) };
}

const lengthOf = (text: string | null | undefined) => text?.length ?? 0;

/** Cuts the first piece of text that has the value as whole words; line ends and commas count as white space. */
function splitAtFirst(part: Part, value: string) {
  const words = value.trim().split(/[\s,]+/);
  const pattern = words.map((word) => word.replaceAll(/[$()*+.?[\\\]^{|}]/g, "\\$&")).join("[\\s,]+");
  const whole = new RegExp(`(?<![\\p{L}\\p{N}])${pattern}(?![\\p{L}\\p{N}])`, "u");
  let found = false;
  return (piece: string | { part: Part }): (string | { part: Part })[] => {
    const match = !found && typeof piece === "string" ? whole.exec(piece) : null;
    if (!match || typeof piece !== "string") return [piece];
    found = true;
    return [piece.slice(0, match.index), { part }, piece.slice(match.index + match[0].length)];
  };
}

/** Returns the formatted address in the same layout, with the current parts. */
export function written({ places, end, unset }: Layout, parts: Parts): string {
  const lines = places.some(({ before }) => before.includes("\n"));
  let text = "";
  let skipped = "";
  for (const { before, part } of withNew(places, unset, lines ? "\n" : ", ")) {
    const value = (parts[part] ?? "").trim();
    const separator = stronger(skipped, before);
    skipped = value ? "" : separator;
    if (value) text += (text ? separator : "") + value;
  }
  return text && text + end;
}

/** Parts that were not set come after the one before them in reading order; the postal code on its city's line. */
function withNew(places: readonly Place[], unset: readonly Part[], separator: string): Place[] {
  const all = [...places];
  for (const part of unset) {
    const earlier = PARTS.slice(0, PARTS.indexOf(part));
    const at = all.findLastIndex((place) => earlier.includes(place.part)) + 1;
    const next = all[at];
    const before = part === "locality" && all[at - 1]?.part === "postal_code" ? " " : separator;
    all.splice(at, 0, { before, part });
    if (next)
      all[at + 1] = {
        ...next,
        before: part === "postal_code" && next.part === "locality" ? " " : next.before || separator,
      };
  }
  return all;
}

/** A line end separates more than a comma, a comma more than a space. */
function stronger(one: string, other: string): string {
  const strength = (text: string) => (text.includes("\n") ? 2 : /\S/.test(text) ? 1 : 0);
  return strength(one) > strength(other) ? one : other;
}
