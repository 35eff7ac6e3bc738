/**
 * Step-up as the settings server does it: a sensitive command without a grant is answered with a challenge; a proof
 * of the challenge makes a grant, for ten minutes where the purpose is ordinary, else for one use and one target.
 */
import type { CodeRoute, Outcome, Purpose, StepUpMethod, StepUpProgress } from "../contract";
import { error, type Handlers } from "./fake_parts";

/** The proofs that are accepted here. */
export const PASSWORD = "correct horse battery staple";
export const CODE = "246810";

const MINUTE = 60_000;
const ORDINARY = new Set<Purpose>([
  "add_email",
  "add_phone",
  "username",
  "password",
  "end_session",
  "revoke_access_token",
]);

export const METHODS: StepUpMethod[] = [
  { kind: "browser" },
  { kind: "password" },
  { kind: "email", masked: "a…e@example.test" },
  { kind: "phone", masked: "…0001" },
];

interface Challenge {
  id: string;
  purpose: Purpose;
  target: string;
  /** Further proofs are needed. */
  more: boolean;
}

type Commands = Extract<keyof Handlers, `step_up_${string}`>;

export class FakeStepUp {
  /** The methods that the user can use. */
  methods: StepUpMethod[] = METHODS;
  /** What is needed after the first proof. */
  further: StepUpMethod[] = [];
  /** How long the browser takes by itself, in ms; null: until `finishBrowser`. */
  browserTakes: number | null = null;
  triesLeft = 5;

  readonly #now: () => number;
  readonly #challenges = new Map<string, Challenge>();
  readonly #grants = new Map<string, number>();
  #made = 0;
  #transaction: { id: string; tries: number; expires: number } | null = null;
  #browser: { resolve: (progress: StepUpProgress) => void; reject: (thrown: unknown) => void } | null = null;
  #browserFor = "";

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Runs the command if there is a grant, else returns a challenge. */
  guard<T>(purpose: Purpose, target: string, act: () => T): Outcome<T> {
    const key = keyOf(purpose, target);
    if ((this.#grants.get(key) ?? 0) > this.#now()) {
      if (!ORDINARY.has(purpose)) this.#grants.delete(key);
      return { kind: "done", answer: act() };
    }
    const id = `challenge-${++this.#made}`;
    this.#challenges.set(id, { id, purpose, target, more: this.further.length > 0 });
    return { kind: "step_up", step_up: { id, purpose, methods: this.methods } };
  }

  /** Simulates the user's fresh sign-in in the browser. */
  finishBrowser(): void {
    this.#browser?.resolve(this.#proven(this.#browserFor));
    this.#browser = null;
  }

  /** Simulates a sign-in of another user, or another failure. */
  failBrowser(thrown: unknown): void {
    this.#browser?.reject(thrown);
    this.#browser = null;
  }

  readonly handlers: Pick<Handlers, Commands> = {
    step_up_browser: ({ stepUp }) => {
      this.#challenge(stepUp);
      this.#browserFor = stepUp;
      if (this.browserTakes !== null) setTimeout(() => this.finishBrowser(), this.browserTakes);
      return new Promise<StepUpProgress>((resolve, reject) => (this.#browser = { resolve, reject }));
    },
    step_up_browser_reopen: () => undefined,
    step_up_browser_copy_link: () => undefined,
    step_up_browser_cancel: () => this.failBrowser(error("sign_in_cancelled")),
    step_up_password: ({ stepUp, password }) => {
      this.#challenge(stepUp);
      if (password === PASSWORD) return this.#proven(stepUp);
      this.triesLeft--;
      if (this.triesLeft >= 0) throw error("password_wrong");
      throw { ...error("rate_limited"), detail: { kind: "retry_after", seconds: 900 } };
    },
    step_up_code_send: ({ stepUp, route }) => {
      this.#challenge(stepUp);
      const id = `transaction-${++this.#made}`;
      this.#transaction = { id, tries: 5, expires: this.#now() + 10 * MINUTE };
      return {
        transaction: id,
        masked: this.#maskedFor(route),
        expires_in: 600,
        resend_in: 60,
      };
    },
    step_up_code_confirm: ({ stepUp, request }) => {
      this.#challenge(stepUp);
      const open = this.#transaction;
      if (open?.id !== request.transaction || open.expires <= this.#now()) throw error("code_expired");
      if (request.code === CODE) {
        this.#transaction = null;
        return this.#proven(stepUp);
      }
      open.tries--;
      if (open.tries > 0) throw { ...error("code_wrong"), detail: { kind: "tries_left", tries: open.tries } };
      this.#transaction = null;
      throw error("code_expired");
    },
  };

  /** Expires every challenge made so far. */
  forgetChallenges(): void {
    this.#challenges.clear();
  }

  #challenge(id: string): Challenge {
    const challenge = this.#challenges.get(id);
    if (!challenge) throw error("step_up_over");
    return challenge;
  }

  #proven(id: string): StepUpProgress {
    const challenge = this.#challenge(id);
    if (challenge.more) {
      challenge.more = false;
      return { kind: "more", methods: this.further };
    }
    this.#challenges.delete(id);
    const lasts = ORDINARY.has(challenge.purpose) ? 10 * MINUTE : 2 * MINUTE;
    this.#grants.set(keyOf(challenge.purpose, challenge.target), this.#now() + lasts);
    return { kind: "granted" };
  }

  #maskedFor(route: CodeRoute): string {
    const method = [...this.methods, ...this.further].find(({ kind }) => kind === route);
    return method && "masked" in method ? method.masked : "…";
  }
}

function keyOf(purpose: Purpose, target: string): string {
  return ORDINARY.has(purpose) ? purpose : `${purpose} ${target}`;
}
