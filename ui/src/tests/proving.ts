/** What the tests of the step-up share: its dialog, opened to sign out another browser. */
import { waitFor } from "@testing-library/svelte";
import { expect } from "vitest";
import type { CommandError, StepUpMethod } from "../lib/contract";
import type { FakeHost } from "../lib/host/fake";
import { byId, drawSignedIn, findById, type Options } from "./page";

export const EMAIL: StepUpMethod = { kind: "email", masked: "a…e@example.test" };
export const refusal = (code: CommandError["code"], detail?: CommandError["detail"]): CommandError => ({
  code,
  message: "m",
  ...(detail ? { detail } : {}),
});
export const calls = (host: FakeHost, command: string) =>
  host.calls.filter((call) => call.command === command);

/** Asks to sign out Firefox on Windows; the dialog of the proof is open. */
export async function begin(methods?: StepUpMethod[], options: Options = {}) {
  const drawn = await drawSignedIn({
    page: "devices",
    ...options,
    prepare: (host) => {
      if (methods) host.stepUp.methods = methods;
      options.prepare?.(host);
    },
  });
  await drawn.user.click(await findById("session-end-office"));
  await drawn.user.click(await findById("end-confirm"));
  await findById("step-up");
  return drawn;
}

export const done = () => waitFor(() => expect(byId("sessions-result")).toBeVisible());
