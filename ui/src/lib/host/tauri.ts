/** The real window. The only file that knows Tauri; it passes calls and events through and decides nothing. */
import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";

import type { AppState, Page } from "../contract";
import type { Answer, Arguments, CommandName, Host } from "./host";

export const tauriHost: Host = {
  invoke<C extends CommandName>(command: C, ...args: Arguments<C>): Promise<Answer<C>> {
    return invoke<Answer<C>>(command, args[0] ?? {});
  },
  onState: (callback) => listen<AppState>("state", (event) => callback(event.payload)),
  onNavigate: (callback) => listen<Page>("navigate", (event) => callback(event.payload)),
};
