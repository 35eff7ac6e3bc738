/** Personal access tokens for the stand-in host. As on the settings server, the value is in one answer only. */
import type { AccessTokensView, AccessTokenView, AccountView } from "../contract";
import { error, type Handlers } from "./fake_parts";
import type { FakeStepUp } from "./fake_step_up";

const DAY = 24 * 3_600_000;

const token = (name: string, created_at: number, expires_at: number | null, expired = false) =>
  ({ name, created_at, expires_at, expired }) satisfies AccessTokenView;

const LONG = "Wolfeschlegelsteinhausenbergerdorff";

/** Lists to look at, by name: open `/?page=devices&tokens=<name>`. */
export const TOKENS: Record<string, (now: number) => AccessTokenView[]> = {
  usual: (now) => [
    token("Backup script", now - DAY, now + 29 * DAY),
    token("Build server", now - 60 * DAY, null),
    token("Old laptop", now - 100 * DAY, now - 10 * DAY, true),
  ],
  none: () => [],
  many: (now) =>
    Array.from({ length: 24 }, (_, index) =>
      token(`Script ${24 - index}`, now - index * 9 * DAY, now + (90 - index * 5) * DAY, index >= 18),
    ),
  long: (now) => [
    token(`${LONG} ${LONG} ${LONG}`.padEnd(128, "-x").slice(0, 128), now - DAY, now + 364 * DAY),
    token("x".repeat(128), now - 3 * DAY, now - 2 * DAY, true),
    token("סקריפט גיבוי <b>", now - 9 * DAY, null),
  ],
};

/** The value of the first token created here; each further one has the next number. */
export const FIRST_VALUE = "pat_TestValueOfTheStandIn000000000001";

type Commands = "access_tokens_list" | "access_token_create" | "access_token_rename" | "access_token_revoke";

export class FakeAccessTokens {
  tokens: AccessTokenView[];
  readonly #now: () => number;
  readonly #stepUp: FakeStepUp;
  readonly #account: () => AccountView;
  #made = 0;

  constructor(now: () => number, stepUp: FakeStepUp, account: () => AccountView) {
    this.#now = now;
    this.tokens = TOKENS.usual?.(now()) ?? [];
    this.#stepUp = stepUp;
    this.#account = account;
  }

  readonly handlers: Pick<Handlers, Commands> = {
    access_tokens_list: () => {
      if (this.#account().access_tokens.access === "off") throw error("field_not_editable", "access_tokens");
      return this.#view();
    },
    access_token_create: ({ request: { name, lifetime_days } }) => {
      this.#demandEdit();
      return this.#stepUp.guard("create_access_token", name, () => {
        this.#demandFree(name);
        const now = this.#now();
        this.tokens = [
          token(name, now, lifetime_days === null ? null : now + lifetime_days * DAY),
          ...this.tokens,
        ];
        const value = FIRST_VALUE.slice(0, -2) + String(++this.#made).padStart(2, "0");
        return { value, name, present: this.#view() };
      });
    },
    access_token_rename: ({ request: { from, to } }) => {
      this.#demandEdit();
      this.#demand(from);
      this.#demandFree(to);
      this.tokens = this.tokens.map((entry) => (entry.name === from ? { ...entry, name: to } : entry));
      return this.#view();
    },
    access_token_revoke: ({ request: { name } }) => {
      this.#demandEdit();
      return this.#stepUp.guard("revoke_access_token", name, () => {
        this.#demand(name);
        this.tokens = this.tokens.filter((entry) => entry.name !== name);
        return this.#view();
      });
    },
  };

  #view(): AccessTokensView {
    return { access: this.#account().access_tokens, tokens: this.tokens };
  }

  #demandEdit(): void {
    if (this.#account().access_tokens.access !== "edit") throw error("field_not_editable", "access_tokens");
  }

  #demand(name: string): void {
    if (!this.tokens.some((entry) => entry.name === name)) throw error("access_token_not_found");
  }

  #demandFree(name: string): void {
    if (this.tokens.some((entry) => entry.name === name)) throw error("identifier_unavailable", "name");
  }
}
