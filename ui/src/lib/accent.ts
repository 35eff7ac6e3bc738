/**
 * The organisation's colour, adjusted to be readable. A brand colour keeps its hue; its lightness moves away from the
 * background until text in it, text on it, and text in it on its own soft tint all reach 4.5:1 (WCAG 2.2,
 * 1.4.3).
 */
export type Scheme = "light" | "dark";

export interface Accent {
  /** `#rrggbb`, for text, icons and filled buttons. */
  accent: string;
  /** Text on a filled button. */
  ink: string;
  /** The tint behind the chosen entry and the initials. */
  soft: string;
}

type Rgb = readonly [number, number, number];

/** The backgrounds of the accent; the same values as in `styles/tokens.css`. */
export const SURFACES: Record<Scheme, readonly string[]> = {
  light: ["#f5f5f3", "#ffffff"],
  dark: ["#161615", "#1f1f1e", "#262625"],
};
const INKS: Record<Scheme, readonly string[]> = {
  light: ["#ffffff", "#10122b"],
  dark: ["#10122b", "#ffffff"],
};
const SOFTNESS: Record<Scheme, number> = { light: 0.12, dark: 0.15 };
/** A little more than 4.5, for what rounding to whole steps takes away. */
const WANTED = 4.55;

/** `#rrggbb` or `#rgb` as three numbers of 0 to 255; null for anything else. */
export function parseColour(text: string): Rgb | null {
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(text);
  const long = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text);
  const parts = long ?? short;
  if (!parts) return null;
  const value = (part: string | undefined) => parseInt(long ? (part ?? "") : `${part}${part}`, 16);
  return [value(parts[1]), value(parts[2]), value(parts[3])];
}

const hex = (colour: Rgb) =>
  `#${colour.map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;

function luminance([red, green, blue]: Rgb): number {
  const linear = (part: number) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

/** WCAG 2.2 contrast of two `#rrggbb` colours, 1 to 21. */
export function contrast(one: string, other: string): number {
  const [a, b] = [luminance(parseColour(one) ?? [0, 0, 0]), luminance(parseColour(other) ?? [0, 0, 0])];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

const mix = (from: Rgb, to: Rgb, share: number): Rgb => [
  from[0] + (to[0] - from[0]) * share,
  from[1] + (to[1] - from[1]) * share,
  from[2] + (to[2] - from[2]) * share,
];

/** The brand's colour for one scheme, or null when it is not a colour: then the built-in one stays. */
export function accentFor(brand: string | null | undefined, scheme: Scheme): Accent | null {
  const start = brand ? parseColour(brand) : null;
  if (!start) return null;
  const end: Rgb = scheme === "light" ? [0, 0, 0] : [255, 255, 255];
  const base = parseColour(SURFACES[scheme].at(-1) ?? "") ?? end;
  for (let step = 0; step <= 100; step += 1) {
    const colour = mix(start, end, step / 100);
    const accent = hex(colour);
    const soft = hex(mix(base, colour, SOFTNESS[scheme]));
    const ink = INKS[scheme].find((candidate) => contrast(candidate, accent) >= WANTED);
    if (ink && [...SURFACES[scheme], soft].every((surface) => contrast(accent, surface) >= WANTED)) {
      return { accent, ink, soft };
    }
  }
  return null;
}
