/**
 * A code that was sent, and how long it is valid. Counted from the arrival of the answer on a clock that cannot be set: the
 * computer's own may be hours ahead, which must not end a code.
 */
import type { CodeSentView } from "../contract";

export interface SentCode extends CodeSentView {
  /** When the answer arrived, in milliseconds of `App.elapsed`. */
  readonly arrivedAt: number;
}

/** Returns how many milliseconds a code is still valid; 0 or less when it has expired. */
export function leftOf(sent: SentCode, elapsed: number): number {
  return sent.arrivedAt + sent.expires_in * 1_000 - elapsed;
}

/** Returns the milliseconds until another code may be sent; 0 or less when it may. */
export function waitFor(sent: SentCode, elapsed: number): number {
  return sent.arrivedAt + sent.resend_in * 1_000 - elapsed;
}
