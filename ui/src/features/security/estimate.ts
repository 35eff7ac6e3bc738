/**
 * How hard a password is to guess. Loaded on demand: `@zxcvbn-ts/core` estimates the guesses, and
 * `@zxcvbn-ts/language-common` knows common passwords and the rows of keyboards. An estimate, not a rule.
 */
import { ZxcvbnFactory } from "@zxcvbn-ts/core";
import { adjacencyGraphs, dictionary } from "@zxcvbn-ts/language-common";

/** From 0, guessed at once, to 4, not to be guessed. */
export type Strength = 0 | 1 | 2 | 3 | 4;

/** Further characters cost time and change nothing. */
const ENOUGH = 48;

const estimator = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });

/** `known`: what others know of the user, such as the name. */
export function strengthOf(password: string, known: readonly string[]): Strength {
  return estimator.check(password.slice(0, ENOUGH), [...known]).score;
}
