/** Code that the parts of the stand-in host share. */
import type { CommandError } from "../contract";
import type { Answer, Arguments, CommandName } from "./host";

export type Handlers = { [C in CommandName]: (...args: Arguments<C>) => Answer<C> | Promise<Answer<C>> };

export function error(code: CommandError["code"], field?: string): CommandError {
  return { code, message: "made by the stand-in", request_id: "test-request-1", ...(field ? { field } : {}) };
}
