/** Code that the tests of Devices & apps share: the page drawn in a situation, and a proof by password. */
import { waitFor } from "@testing-library/svelte";
import { expect } from "vitest";
import type { CommandError } from "../lib/contract";
import type { FakeHost } from "../lib/host/fake";
import { SESSIONS } from "../lib/host/fake_sessions";
import { PASSWORD } from "../lib/host/fake_step_up";
import { byId, drawSignedIn, findById, NOW, type Options } from "./page";

export const refusal = (code: CommandError["code"]): CommandError => ({
  code,
  message: "m",
  request_id: "req-5",
});
export const calls = (host: FakeHost, command: string) =>
  host.calls.filter((call) => call.command === command);

export async function drawDevices(situation = "usual", options: Options = {}) {
  const drawn = await drawSignedIn({
    ...options,
    page: "devices",
    prepare: (host) => {
      const make = SESSIONS[situation];
      if (!make) throw new Error(`no situation ${situation}`);
      host.sessions.view = make(NOW);
      options.prepare?.(host);
    },
  });
  return drawn;
}

export type User = Awaited<ReturnType<typeof drawDevices>>["user"];

export async function prove(user: User) {
  await user.click(await findById("step-up-method-password"));
  await waitFor(() => expect(byId("input-password")).toHaveFocus());
  await user.keyboard(`${PASSWORD}{Enter}`);
}

export const parts = (id: string) => [...byId(id).querySelectorAll("bdi")].map((part) => part.textContent);
