/** What happened and what to do next, for each code, in English. Words of a server are never shown. */
import type { Code } from "../contract";

export interface ErrorText {
  title: string;
  body: string;
}

export const errors: Record<Code, ErrorText> = {
  unauthorized: { title: "Please sign in again", body: "The server no longer accepts this session." },
  account_not_found: {
    title: "This account no longer exists",
    body: "Your organisation's directory does not know it any more. If that is wrong, ask IT.",
  },
  step_up_required: {
    title: "Confirm it's you",
    body: "This change needs a new confirmation. Start again.",
  },
  step_up_refused: {
    title: "We couldn't confirm it's you",
    body: "The confirmation expired or isn't strong enough for this change. Try again.",
  },
  step_up_other_person: {
    title: "Somebody else signed in",
    body: "The browser signed in another account than yours, so nothing was changed.",
  },
  password_wrong: { title: "Wrong password", body: "Check it and try again." },
  code_wrong: { title: "Wrong code", body: "Check the latest message and enter its 6 digits." },
  code_expired: {
    title: "Code expired",
    body: "Request a new code.",
  },
  last_sign_in_method: {
    title: "You would lock yourself out",
    body: "This is the last way you can sign in. Add another one first.",
  },
  identifier_unavailable: {
    title: "This cannot be used",
    body: "It is not available for your account. Choose another one.",
  },
  password_rejected: {
    title: "This password breaks the rules",
    body: "Your organisation does not allow it. Choose another one.",
  },
  session_not_found: { title: "It is gone already", body: "This sign-in had ended before you did it here." },
  current_session_unknown: {
    title: "Which one is this device?",
    body: "It cannot be told which sign-in is yours here. Name the one to keep.",
  },
  instance_required: {
    title: "This app is not complete",
    body: "It sent a request the server does not accept. Update Latchkey, or ask IT.",
  },
  instance_unknown: {
    title: "We couldn't verify this installation",
    body: "The server doesn't know this copy of Latchkey. Sign out and sign in again.",
  },
  store_unavailable: {
    title: "Nothing was changed",
    body: "The server cannot keep its records right now, so it changes nothing. Try again soon.",
  },
  client_not_allowed: {
    title: "This app isn't allowed",
    body: "Your organisation's server doesn't accept this app. Ask IT to allow Latchkey.",
  },
  read_only_token: {
    title: "This session may only look",
    body: "Somebody is signed in on behalf of the account's owner. Changes are the owner's alone: sign in as yourself.",
  },
  insufficient_scope: {
    title: "Your account may not use Latchkey yet",
    body: "Signing in worked, but your organisation has not yet given your account the permission for these settings. Ask IT for it, then try again.",
  },
  account_suspended: {
    title: "This account is suspended",
    body: "Your organisation has locked it. Ask IT to unlock it.",
  },
  field_not_editable: {
    title: "This cannot be changed",
    body: "Your organisation's rules do not allow it. Ask IT to change it for you.",
  },
  origin_not_allowed: {
    title: "Refused",
    body: "The server did not accept where this request came from. Ask IT.",
  },
  invalid_body: {
    title: "The server did not understand",
    body: "App and server may be of different versions. Update Latchkey, or ask IT.",
  },
  invalid_value: {
    title: "Not accepted",
    body: "The server does not accept this value. Change it and save again.",
  },
  conflict: {
    title: "Changed elsewhere meanwhile",
    body: "Somebody changed this while you were editing. Choose which value to keep.",
  },
  body_too_large: {
    title: "Too long",
    body: "This is more than the server accepts. Shorten it and save again.",
  },
  unsupported_media_type: {
    title: "The server did not understand",
    body: "App and server may be of different versions. Update Latchkey, or ask IT.",
  },
  not_found: {
    title: "The server does not offer this",
    body: "App and server may be of different versions. Update Latchkey, or ask IT.",
  },
  method_not_allowed: {
    title: "The server does not offer this",
    body: "App and server may be of different versions. Update Latchkey, or ask IT.",
  },
  rate_limited: { title: "Too many requests", body: "Wait a moment, then try again." },
  upstream_failed: {
    title: "Something went wrong at your sign-in provider",
    body: "As far as we know, nothing was changed. Try again later.",
  },
  upstream_unavailable: {
    title: "Your sign-in provider isn't available",
    body: "Your account is safe. Try again in a moment.",
  },
  timed_out: {
    title: "No answer in time",
    body: "The server took too long. Refresh to see whether the change arrived.",
  },
  internal: {
    title: "Something went wrong",
    body: "This is a fault of the software, not yours. Try again, or ask IT.",
  },
  signed_out: { title: "You are signed out", body: "Sign in to see your account." },
  session_ended: {
    title: "Your session has ended",
    body: "It ran out or was ended elsewhere. Sign in again.",
  },
  account_changed: {
    title: "Another account is signed in",
    body: "The answer belonged to another account and was dropped. Sign in again.",
  },
  offline: {
    title: "No connection",
    body: "The server cannot be reached. Check the network, then try again.",
  },
  certificate_untrusted: {
    title: "The connection is not trusted",
    body: "This computer does not know who issued the server's certificate, so Latchkey sends nothing. Ask IT.",
  },
  certificate_expired: {
    title: "The server's certificate has expired",
    body: "Latchkey sends nothing. If this computer's date is right, ask IT to renew the certificate.",
  },
  certificate_not_yet_valid: {
    title: "The server's certificate is not valid yet",
    body: "Latchkey sends nothing. Check this computer's date and time; if they are right, ask IT.",
  },
  certificate_wrong_name: {
    title: "This is another server's certificate",
    body: "It is not for the name in the address, so Latchkey sends nothing. Check the address, or ask IT.",
  },
  no_trusted_certificates: {
    title: "This computer trusts no server",
    body: "It has no list of certificate authorities, so no server can be checked. Ask IT to install one (the package ca-certificates).",
  },
  tls_failed: {
    title: "No secure connection",
    body: "The server answered, but app and server could not agree on an encrypted connection. Ask IT.",
  },
  proxy_authentication_required: {
    title: "The proxy wants a password",
    body: "This computer's proxy does not let Latchkey through without signing in to it. Ask IT for the right proxy settings.",
  },
  proxy_refused: {
    title: "The proxy refused the connection",
    body: "This computer's proxy did not let Latchkey through to the server. Ask IT to allow its address.",
  },
  proxy_unreachable: {
    title: "The proxy cannot be reached",
    body: "This computer sends its connections through a proxy that does not answer. Check the network or the proxy settings.",
  },
  clock_wrong: {
    title: "This computer's clock is wrong",
    body: "The sign-in was dropped, because its times did not fit. Set date and time (best automatically), then sign in again.",
  },
  no_server: { title: "No server yet", body: "Enter the address of your organisation's settings server." },
  server_url_invalid: {
    title: "Not an address Latchkey can use",
    body: "The address must begin with https://. Ask IT for the right one.",
  },
  server_not_latchkey: {
    title: "This is not a Latchkey server",
    body: "Something answered at this address, but not a settings server. Check the address, or ask IT.",
  },
  server_not_trusted: {
    title: "This server cannot be trusted",
    body: "It claims to be another server than the one at this address. Latchkey sends it nothing. Check the address, and tell IT.",
  },
  issuer_not_trusted: {
    title: "The identity provider cannot be trusted",
    body: "What it says about itself does not fit its name. Latchkey sends it nothing. Tell IT.",
  },
  sign_in_in_progress: {
    title: "A sign-in is already under way",
    body: "Finish it in the browser, or cancel it first.",
  },
  sign_in_cancelled: { title: "Sign-in cancelled", body: "Nothing was changed. Sign in whenever you like." },
  sign_in_denied: {
    title: "Sign-in was refused",
    body: "You or your organisation declined it in the browser. Try again, or ask IT.",
  },
  sign_in_timed_out: {
    title: "Sign-in timed out",
    body: "We stopped waiting for your browser after five minutes. Start again.",
  },
  sign_in_mismatch: {
    title: "The browser's answer did not fit",
    body: "It does not belong to the sign-in that was started here, so it was dropped. Sign in again, only from this window.",
  },
  sign_in_failed: {
    title: "Sign-in failed",
    body: "Your organisation's sign-in page reported a problem. Try again, or ask IT.",
  },
  sign_in_start_again: {
    title: "Please start again",
    body: "An answer came from the browser, but no sign-in is waiting for it here.",
  },
  browser_unavailable: {
    title: "No browser could be opened",
    body: "Copy the link and open it in a browser on this computer, or ask IT to set a default browser.",
  },
  clipboard_unavailable: { title: "The link could not be copied", body: "Open the browser again instead." },
  store_locked: {
    title: "Your keyring is not open",
    body: "Unlock your system's keyring, or let Latchkey read its entry there, then try again.",
  },
  store_absent: {
    title: "No keyring answers",
    body: "Your session is in your system's keyring, which does not answer. Start it, or sign in again.",
  },
  store_no_collection: {
    title: "Your keyring is not set up",
    body: "It has no collection to keep a session in. Set one up (in KDE: sign out of the desktop and in again), or sign in until Latchkey closes.",
  },
  store_refused: {
    title: "Your keyring failed",
    body: "Latchkey could not use it. Nothing was erased. Try again, or start the keyring anew.",
  },
  stored_session_damaged: {
    title: "Your keyring lost this session",
    body: "Its entry is there, but its content is not. Nothing was erased; sign in again.",
  },
  storage_failed: {
    title: "This could not be kept on this computer",
    body: "A file of the app could not be written. Check that the disk is not full, then try again.",
  },
  picture_unavailable: {
    title: "The picture is not available",
    body: "It could not be fetched, or it is not a picture. Your initials are shown instead.",
  },
  step_up_over: { title: "This confirmation is over", body: "Start the change again." },
  link_not_allowed: {
    title: "This link does nothing here",
    body: "It asked for something Latchkey does not do. Nothing was changed.",
  },
};
