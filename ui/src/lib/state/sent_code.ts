/**
 * A code that is on its way, and for how long. Counted from the arrival of the answer on a clock that cannot be set: the
 * computer's own may be hours ahead, which must not end a code.
 */
import type { CodeSentView } from "../contract";

export interface SentCode extends CodeSentView {
  /** When the answer arrived, in milliseconds of `App.elapsed`. */
  readonly arrivedAt: number;
}

/** The milliseconds that a code is still good; 0 or less when it is over. */
export function leftOf(sent: SentCode, elapsed: number): number {
  return sent.arrivedAt + sent.expires_in * 1_000 - elapsed;
}

/** The milliseconds until another code may be sent; 0 or less when it may. */
export function waitFor(sent: SentCode, elapsed: number): number {
  return sent.arrivedAt + sent.resend_in * 1_000 - elapsed;
}
