/**
 * The one table from an error code to what a user sees: which text, which severity, and which next step is
 * offered. `message` of an error is for logs and never shown. A new code does not compile without its row.
 */
import type { Code, CommandError } from "../contract";

export type Severity = "info" | "warning" | "error";

/** The action that is offered next to the text. */
export type NextStep = "retry" | "sign_in" | "change_server" | "ask_it" | "fix_value" | "copy_link" | "none";

export interface Presentation {
  /** The text: `errors_<code>_title` and `errors_<code>_body` of the messages. */
  text: Code;
  severity: Severity;
  next: NextStep;
  /** True when nothing of the account may be shown meanwhile: it gets a view of its own. */
  blocking: boolean;
}

const row = (text: Code, severity: Severity, next: NextStep, blocking = false): Presentation => ({
  text,
  severity,
  next,
  blocking,
});

export const presentation: Record<Code, Presentation> = {
  unauthorized: row("unauthorized", "warning", "sign_in"),
  account_not_found: row("account_not_found", "error", "ask_it", true),
  step_up_required: row("step_up_required", "info", "retry"),
  step_up_refused: row("step_up_refused", "warning", "retry"),
  step_up_other_person: row("step_up_other_person", "warning", "retry"),
  password_wrong: row("password_wrong", "warning", "fix_value"),
  code_wrong: row("code_wrong", "warning", "fix_value"),
  code_expired: row("code_expired", "warning", "retry"),
  last_sign_in_method: row("last_sign_in_method", "warning", "none"),
  identifier_unavailable: row("identifier_unavailable", "warning", "fix_value"),
  password_rejected: row("password_rejected", "warning", "fix_value"),
  session_not_found: row("session_not_found", "info", "retry"),
  access_token_not_found: row("access_token_not_found", "info", "retry"),
  social_not_linked: row("social_not_linked", "info", "retry"),
  social_not_restorable: row("social_not_restorable", "info", "retry"),
  social_not_linkable: row("social_not_linkable", "warning", "ask_it"),
  social_link_over: row("social_link_over", "warning", "retry"),
  social_declined: row("social_declined", "warning", "retry"),
  social_provider_failed: row("social_provider_failed", "error", "retry"),
  social_provider_unreachable: row("social_provider_unreachable", "warning", "retry"),
  current_session_unknown: row("current_session_unknown", "info", "none"),
  instance_required: row("instance_required", "error", "ask_it"),
  instance_unknown: row("instance_unknown", "error", "sign_in"),
  store_unavailable: row("store_unavailable", "error", "retry"),
  client_not_allowed: row("client_not_allowed", "error", "ask_it", true),
  read_only_token: row("read_only_token", "error", "sign_in"),
  insufficient_scope: row("insufficient_scope", "warning", "ask_it", true),
  account_suspended: row("account_suspended", "error", "ask_it", true),
  field_not_editable: row("field_not_editable", "warning", "ask_it"),
  origin_not_allowed: row("origin_not_allowed", "error", "ask_it"),
  invalid_body: row("invalid_body", "error", "ask_it"),
  invalid_value: row("invalid_value", "warning", "fix_value"),
  conflict: row("conflict", "warning", "fix_value"),
  body_too_large: row("body_too_large", "warning", "fix_value"),
  unsupported_media_type: row("unsupported_media_type", "error", "ask_it"),
  not_found: row("not_found", "error", "ask_it"),
  method_not_allowed: row("method_not_allowed", "error", "ask_it"),
  rate_limited: row("rate_limited", "warning", "retry"),
  upstream_failed: row("upstream_failed", "error", "retry"),
  upstream_unavailable: row("upstream_unavailable", "warning", "retry"),
  timed_out: row("timed_out", "warning", "retry"),
  internal: row("internal", "error", "retry"),

  signed_out: row("signed_out", "info", "sign_in"),
  session_ended: row("session_ended", "warning", "sign_in"),
  account_changed: row("account_changed", "warning", "sign_in"),
  offline: row("offline", "warning", "retry"),
  certificate_untrusted: row("certificate_untrusted", "error", "ask_it"),
  certificate_expired: row("certificate_expired", "error", "ask_it"),
  certificate_not_yet_valid: row("certificate_not_yet_valid", "error", "ask_it"),
  certificate_wrong_name: row("certificate_wrong_name", "error", "ask_it"),
  no_trusted_certificates: row("no_trusted_certificates", "error", "ask_it"),
  tls_failed: row("tls_failed", "error", "ask_it"),
  proxy_authentication_required: row("proxy_authentication_required", "error", "ask_it"),
  proxy_refused: row("proxy_refused", "error", "ask_it"),
  proxy_unreachable: row("proxy_unreachable", "warning", "retry"),
  clock_wrong: row("clock_wrong", "error", "sign_in"),
  no_server: row("no_server", "info", "change_server"),
  server_url_invalid: row("server_url_invalid", "warning", "change_server"),
  server_not_latchkey: row("server_not_latchkey", "error", "change_server", true),
  server_not_trusted: row("server_not_trusted", "error", "change_server", true),
  issuer_not_trusted: row("issuer_not_trusted", "error", "ask_it", true),
  sign_in_in_progress: row("sign_in_in_progress", "info", "none"),
  sign_in_cancelled: row("sign_in_cancelled", "info", "sign_in"),
  sign_in_denied: row("sign_in_denied", "warning", "sign_in"),
  sign_in_timed_out: row("sign_in_timed_out", "warning", "sign_in"),
  sign_in_mismatch: row("sign_in_mismatch", "error", "sign_in"),
  sign_in_failed: row("sign_in_failed", "error", "sign_in"),
  sign_in_start_again: row("sign_in_start_again", "info", "sign_in"),
  browser_unavailable: row("browser_unavailable", "error", "copy_link"),
  clipboard_unavailable: row("clipboard_unavailable", "warning", "retry"),
  store_locked: row("store_locked", "warning", "retry"),
  store_absent: row("store_absent", "warning", "retry"),
  store_no_collection: row("store_no_collection", "warning", "retry"),
  store_refused: row("store_refused", "warning", "retry"),
  stored_session_damaged: row("stored_session_damaged", "warning", "sign_in"),
  storage_failed: row("storage_failed", "error", "retry"),
  picture_unavailable: row("picture_unavailable", "info", "none"),
  step_up_over: row("step_up_over", "info", "retry"),
  link_not_allowed: row("link_not_allowed", "info", "none"),
  social_link_in_progress: row("social_link_in_progress", "warning", "none"),
  social_link_cancelled: row("social_link_cancelled", "info", "none"),
  social_link_timed_out: row("social_link_timed_out", "warning", "retry"),
  social_link_unknown: row("social_link_unknown", "warning", "retry"),
  social_link_elsewhere: row("social_link_elsewhere", "error", "retry"),
};

/** Whether a text is one of our codes. */
export function isCode(text: unknown): text is Code {
  return typeof text === "string" && Object.hasOwn(presentation, text);
}

/** Returns the code to show for any text; a newer app may know codes that this page does not. */
export function knownCode(code: unknown): Code {
  return isCode(code) ? code : "internal";
}

/** Converts what a command rejected with. Anything that is not a `CommandError` becomes `internal`. */
export function toCommandError(thrown: unknown): CommandError {
  if (typeof thrown === "object" && thrown !== null && "code" in thrown && isCode(thrown.code)) {
    return thrown as CommandError;
  }
  return { code: "internal", message: "the app answered in an unknown shape" };
}
