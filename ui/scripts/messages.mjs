/** Compiles the messages for what reads the result without Vite: the checks of types. */
import { compile } from "@inlang/paraglide-js";

import { MESSAGES } from "../messages.config.js";

await compile(MESSAGES);
