/**
 * E-mail, phone, user name and password for the stand-in host, changed as the settings server changes them: with a
 * proof, a new address by a code that was sent to it, and never so that no sign-in method remains.
 */
import type {
  AccountView,
  CodeConfirmRequest,
  CodeSentView,
  CommandError,
  Identifier,
  NextStep,
  Outcome,
  PasswordIssue,
  PasswordRules,
  Purpose,
  SignInWay,
} from "../contract";
import { error, type Handlers } from "./fake_parts";
import { CODE, type FakeStepUp, PASSWORD } from "./fake_step_up";

const MINUTE = 60_000;
/** What another user has. */
export const TAKEN = { email: "taken@example.test", phone: "15550000009", username: "taken" } as const;

type Route = "email" | "phone";
interface Transaction {
  id: string;
  route: Route;
  from: string | null;
  to: string;
  tries: number;
  expires: number;
}

/** The account as the stand-in host keeps it. */
export interface Kept {
  account: () => AccountView;
  commit: (account: AccountView) => AccountView;
}

type Commands =
  | `email_${"set" | "confirm" | "remove"}`
  | `phone_${"set" | "confirm" | "remove"}`
  | "username_update"
  | `password_${"rules" | "update"}`;

export class FakeSecurity {
  rules: PasswordRules = {
    min_length: 8,
    max_length: 256,
    min_character_types: 2,
    rejects_breached: true,
    rejects_repetition: true,
    rejects_user_info: true,
    rejected_words: ["example corp"],
  };
  /** The next steps that the server returns when the last sign-in method would be removed. */
  nextSteps: NextStep[] = ["add_email", "ask_organisation"];
  present = PASSWORD;

  readonly #now: () => number;
  readonly #stepUp: FakeStepUp;
  readonly #kept: Kept;
  #transaction: Transaction | null = null;
  #made = 0;

  constructor(now: () => number, stepUp: FakeStepUp, kept: Kept) {
    this.#now = now;
    this.#stepUp = stepUp;
    this.#kept = kept;
  }

  readonly handlers: Pick<Handlers, Commands> = {
    email_set: ({ request }) => {
      const to = emailOf(request.address);
      if (!to || to.endsWith("@blocked.example")) throw error("invalid_value", "address");
      return this.#set("email", request.from, to, "address");
    },
    phone_set: ({ request }) => {
      const to = phoneOf(request.number);
      if (!to) throw error("invalid_value", "number");
      return this.#set("phone", request.from, to, "number");
    },
    email_confirm: ({ request }) => this.#confirm("email", request),
    phone_confirm: ({ request }) => this.#confirm("phone", request),
    email_remove: ({ request }) => this.#remove("email", "remove_email", request.from),
    phone_remove: ({ request }) => this.#remove("phone", "remove_phone", request.from),
    username_update: ({ request: { username } }) => {
      if (username.to === null) return this.#remove("username", "username", username.from ?? "");
      this.#editable("username", username.from);
      if (!/^[A-Za-z_][A-Za-z0-9_]{2,127}$/.test(username.to)) throw error("invalid_value", "username");
      const to = username.to;
      return this.#stepUp.guard("username", "", () => {
        if (to === TAKEN.username) throw error("identifier_unavailable", "username");
        return this.#keep("username", to);
      });
    },
    password_rules: () => this.rules,
    password_update: ({ request }) => {
      const account = this.#kept.account();
      if (account.password.access !== "edit") throw error("field_not_editable", "password");
      return this.#stepUp.guard("password", "", () => {
        const issues = this.#issues(request.password);
        if (issues.length > 0)
          throw { ...error("password_rejected", "password"), detail: { kind: "password_issues", issues } };
        this.present = request.password;
        const way: SignInWay = { kind: "password", with: identifiersOf(account) };
        const ways = account.sign_in_ways.filter(({ kind }) => kind !== "password");
        return this.#kept.commit({
          ...account,
          password: { access: "edit", value: true },
          sign_in_ways: [way, ...ways],
        });
      });
    },
  };

  #set(route: Route, from: string | null, to: string, member: string): Outcome<CodeSentView> {
    const present = this.#editable(route, from);
    if (!this.#kept.account().code_routes.includes(route)) throw error("field_not_editable", route);
    if (present === to) throw error("invalid_value", member);
    const open = this.#transaction;
    // Another code to the same address under the same proof, which is not valid longer for it.
    if (open && open.route === route && open.to === to && open.expires > this.#now() + MINUTE)
      return { kind: "done", answer: this.#send(route, from, to, open.expires) };
    const purpose: Purpose = present === null ? `add_${route}` : `change_${route}`;
    return this.#stepUp.guard(purpose, to, () => this.#send(route, from, to, this.#now() + 10 * MINUTE));
  }

  #send(route: Route, from: string | null, to: string, expires: number): CodeSentView {
    const id = `new-address-${++this.#made}`;
    this.#transaction = { id, route, from, to, tries: 5, expires };
    return {
      transaction: id,
      masked: route === "email" ? `${to[0]}…${to.slice(to.indexOf("@") - 1)}` : `…${to.slice(-4)}`,
      expires_in: (expires - this.#now()) / 1_000,
      resend_in: 60,
    };
  }

  #confirm(route: Route, request: CodeConfirmRequest): AccountView {
    const open = this.#transaction;
    if (open?.id !== request.transaction || open.route !== route || open.expires <= this.#now())
      throw error("code_expired");
    if (request.code !== CODE) {
      open.tries--;
      if (open.tries > 0) throw { ...error("code_wrong"), detail: { kind: "tries_left", tries: open.tries } };
      this.#transaction = null;
      throw error("code_expired");
    }
    this.#transaction = null;
    this.#editable(route, open.from);
    if (open.to === TAKEN[route]) throw error("identifier_unavailable", route);
    return this.#keep(route, open.to);
  }

  #remove(kind: Identifier, purpose: Purpose, from: string): Outcome<AccountView> {
    const account = this.#kept.account();
    const field = account[kind];
    if (field.access !== "edit") throw error("field_not_editable", kind);
    if (field.value === null) return { kind: "done", answer: account };
    this.#editable(kind, from);
    if (
      account.sign_in_ways.length > 0 &&
      waysOf({ ...account, [kind]: { ...field, value: null } }).length === 0
    )
      throw { ...error("last_sign_in_method"), detail: { kind: "last_way", next_steps: this.nextSteps } };
    return this.#stepUp.guard(purpose, from, () => this.#keep(kind, null));
  }

  /** Returns the current value, if it may be changed and is what the user saw. */
  #editable(kind: Identifier, from: string | null): string | null {
    const account = this.#kept.account();
    const field = account[kind];
    if (field.access !== "edit") throw error("field_not_editable", kind);
    if ((field.value ?? null) !== from) {
      const conflict: CommandError = {
        ...error("conflict"),
        detail: { kind: "conflict", fields: [kind], present: account },
      };
      throw conflict;
    }
    return field.value ?? null;
  }

  #keep(kind: Identifier, value: string | null): AccountView {
    const account: AccountView = { ...this.#kept.account(), [kind]: { access: "edit", value } };
    return this.#kept.commit({
      ...account,
      sign_in_ways: waysOf(account),
      phone_formatted: formattedPhone(account),
    });
  }

  #issues(password: string): PasswordIssue[] {
    const issues: PasswordIssue[] = [];
    const { min_length, min_character_types } = this.rules;
    if (password.length < min_length) issues.push({ kind: "too_short", min: min_length });
    const types = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^a-zA-Z0-9]/].filter((type) => type.test(password)).length;
    if (types < min_character_types) issues.push({ kind: "character_types", min: min_character_types });
    if (password.startsWith("Known")) issues.push({ kind: "breached" });
    if (password === this.present) issues.push({ kind: "same_as_present" });
    return issues;
  }
}

const identifiersOf = (account: AccountView): Identifier[] =>
  (["username", "email", "phone"] as const).filter((kind) => {
    const field = account[kind];
    return field.access !== "off" && field.value !== null;
  });

/** Returns the sign-in methods: the password with the identifiers that exist, codes to those, and all that needs neither. */
function waysOf(account: AccountView): SignInWay[] {
  const there = identifiersOf(account);
  return account.sign_in_ways.flatMap((way): SignInWay[] => {
    if (way.kind === "email_code") return there.includes("email") ? [way] : [];
    if (way.kind === "phone_code") return there.includes("phone") ? [way] : [];
    if (way.kind !== "password") return [way];
    return there.length > 0 ? [{ kind: "password", with: there }] : [];
  });
}

const emailOf = (typed: string): string | null => {
  const [local, domain, ...more] = typed.split("@");
  if (!local || !domain?.includes(".") || more.length > 0 || /\s/.test(typed)) return null;
  return `${local}@${domain.toLowerCase()}`;
};

/** As the server would write numbers of one country; of others the digits alone. */
const formattedPhone = ({ phone }: AccountView): string | null =>
  phone.access === "off" || !phone.value
    ? null
    : `+${phone.value.replace(/^1(\d{3})(\d{3})(\d{4})$/, "1 $1-$2-$3")}`;

const phoneOf = (typed: string): string | null => {
  const digits = typed.replace(/^00/, "").replace("(0)", "").replaceAll(/\D/g, "");
  return /^(\+|00)/.test(typed) && digits.length >= 8 && digits.length <= 15 ? digits : null;
};
