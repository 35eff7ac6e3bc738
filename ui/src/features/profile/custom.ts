/** The organisation's fields, in the form of every other field. */
import type { IconName } from "../../lib/components/icons";
import { type CustomField, type CustomFieldKind, LIMITS } from "../../lib/contract";
import type { CustomShape, Input } from "./fields";

/** Separate from the standard keys: a field of the organisation may have the name of one. */
export type CustomKey = `custom-${string}`;
export const customKey = (name: string): CustomKey => `custom-${name}`;

const ICONS: Record<CustomFieldKind["type"], IconName> = {
  text: "text",
  number: "number",
  date: "calendar",
  checkbox: "tick",
  select: "choice",
  url: "link",
  pattern: "text",
  other: "text",
};

export function customShape(definition: CustomField): CustomShape {
  const { name, kind, required } = definition;
  return { key: customKey(name), icon: ICONS[kind.type], required, definition, ...inputOf(kind) };
}

function inputOf(kind: CustomFieldKind): Input {
  switch (kind.type) {
    case "text":
      // A minimum of zero is no limit.
      return {
        kind: "measured_text",
        least: kind.min_length || null,
        most: kind.max_length,
        limit: LIMITS.custom_text,
      };
    case "number":
      return { kind: "number", least: kind.min, most: kind.max };
    case "date":
      return { kind: "date", format: kind.format };
    case "select":
      return { kind: "select", options: kind.options };
    case "url":
      return { kind: "web_address", limit: LIMITS.custom_url };
    case "pattern":
      return { kind: "pattern", limit: LIMITS.custom_text };
    case "checkbox":
      return { kind: "checkbox" };
    default:
      return { kind: "other" };
  }
}
