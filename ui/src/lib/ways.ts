/** The sign-in methods as texts, and which remain without one identifier. */
import type { IconName } from "./components/icons";
import type { Identifier, SignInWay } from "./contract";
import { choiceInWords } from "./format";
import { m } from "./paraglide/messages";

export const WAY_ICONS: Record<SignInWay["kind"], IconName> = {
  password: "key",
  email_code: "mail",
  phone_code: "phone",
  social: "link",
  enterprise: "badge",
  passkey: "safe",
  other: "safe",
};

/** Whether a sign-in method uses an identifier: it is typed, or gets the code. */
export function uses(way: SignInWay, identifier: Identifier): boolean {
  if (way.kind === "password") return way.with.includes(identifier);
  return way.kind === `${identifier}_code`;
}

export function wayInWords(way: SignInWay, locale: string): string {
  switch (way.kind) {
    case "password":
      return passwordInWords(way.with, locale);
    case "social":
      return m.security_ways_social({ name: way.name?.trim() || way.target });
    case "enterprise":
      return way.name?.trim()
        ? m.security_ways_enterprise({ name: way.name.trim() })
        : m.security_ways_enterprise_unnamed();
    case "email_code":
    case "phone_code":
    case "passkey":
    case "other":
      return m[`security_ways_${way.kind}`]();
  }
}

/** A newer server may know identifiers that this page does not; they are left out. */
function passwordInWords(identifiers: readonly Identifier[], locale: string): string {
  const known = identifiers.filter((identifier) => `security_ways_with_${identifier}` in m);
  if (known.length === 0) return m.security_ways_password_alone();
  return m.security_ways_password({
    identifiers: choiceInWords(
      known.map((identifier) => m[`security_ways_with_${identifier}`]()),
      locale,
    ),
  });
}

/** Returns what an identifier is used for, and what remains without it. */
export function without(ways: readonly SignInWay[], identifier: Identifier) {
  const lost: SignInWay[] = [];
  const left: SignInWay[] = [];
  for (const way of ways) {
    if (!uses(way, identifier)) {
      left.push(way);
    } else if (way.kind === "password") {
      lost.push({ kind: "password", with: [identifier] });
      const others = way.with.filter((other) => other !== identifier);
      if (others.length > 0) left.push({ kind: "password", with: others });
    } else {
      lost.push(way);
    }
  }
  return { lost, left };
}
