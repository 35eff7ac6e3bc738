//! The list of commands: one row a command, read by the shell's build script (permissions), by the code
//! generator (the page's typed host) and by the shell's tests. A command that is not here does not exist.

/// One command of the app as the page calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Command {
    /// The name, in `snake_case`.
    pub name: &'static str,
    /// The arguments: name in `camelCase` (as Tauri's IPC spells them) and TypeScript type.
    pub arguments: &'static [(&'static str, &'static str)],
    /// The TypeScript type of the answer.
    pub answer: &'static str,
    /// What it does, for the generated documentation.
    pub does: &'static str,
}

const fn command(
    name: &'static str,
    arguments: &'static [(&'static str, &'static str)],
    answer: &'static str,
    does: &'static str,
) -> Command {
    Command { name, arguments, answer, does }
}

/// Every command, in the order of the rooms it belongs to. Each may fail with a `CommandError`.
pub const COMMANDS: &[Command] = &[
    command("app_state", &[], "AppState", "The present state; later states come as `state` events."),
    command(
        "pending_page",
        &[],
        "Page | null",
        "The page a link asked for before this page listened; asked once.",
    ),
    command(
        "first_view",
        &[],
        "void",
        "The page drew an account for the first time; logged with the time since start.",
    ),
    command("sign_in", &[], "void", "Opens the system browser; answers when signed in or failed."),
    command("sign_in_reopen", &[], "void", "Opens the browser again for the sign-in under way."),
    command(
        "sign_in_copy_link",
        &[],
        "void",
        "Puts the sign-in address on the clipboard, without showing it to the page.",
    ),
    command("sign_in_cancel", &[], "void", "Gives up the sign-in under way."),
    command(
        "sign_out",
        &[("accountId", "string"), ("endBrowserSession", "boolean")],
        "void",
        "Revokes the session, erases what is kept here and, if asked, ends the browser's session too.",
    ),
    command(
        "session_keep",
        &[("accountId", "string")],
        "void",
        "Keeps a session in the keyring that ends with the app so far; the keyring may ask to be unlocked or set up.",
    ),
    command("account_refresh", &[("accountId", "string")], "AccountView", "Asks the server for the account."),
    command(
        "account_update",
        &[("accountId", "string"), ("request", "AccountUpdateRequest")],
        "AccountView",
        "Changes name or avatar.",
    ),
    command(
        "profile_update",
        &[("accountId", "string"), ("request", "ProfileUpdateRequest")],
        "AccountView",
        "Changes standard profile fields.",
    ),
    command(
        "custom_fields_update",
        &[("accountId", "string"), ("request", "CustomFieldsUpdateRequest")],
        "AccountView",
        "Changes fields that the organisation adds.",
    ),
    command(
        "memberships",
        &[("accountId", "string")],
        "MembershipsView",
        "The person's organisations and roles.",
    ),
    command(
        "step_up_browser",
        &[("accountId", "string"), ("stepUp", "string")],
        "StepUpProgress",
        "Opens the system browser for a fresh sign-in; answers when it is proven or failed.",
    ),
    command("step_up_browser_reopen", &[], "void", "Opens the browser again for the step-up under way."),
    command(
        "step_up_browser_copy_link",
        &[],
        "void",
        "Puts the step-up's address on the clipboard, without showing it to the page.",
    ),
    command("step_up_browser_cancel", &[], "void", "Gives up waiting for the browser."),
    command(
        "step_up_password",
        &[("accountId", "string"), ("stepUp", "string"), ("password", "SecretText")],
        "StepUpProgress",
        "Proves it with the present password.",
    ),
    command(
        "step_up_code_send",
        &[("accountId", "string"), ("stepUp", "string"), ("route", "CodeRoute")],
        "CodeSentView",
        "Sends a code to a present address.",
    ),
    command(
        "step_up_code_confirm",
        &[("accountId", "string"), ("stepUp", "string"), ("request", "CodeConfirmRequest")],
        "StepUpProgress",
        "Proves it with the code that was sent.",
    ),
    command("sessions_list", &[("accountId", "string")], "SessionsView", "Everything that is signed in."),
    command(
        "session_end",
        &[("accountId", "string"), ("session", "string")],
        "Outcome<SessionsEndedView>",
        "Ends one browser session with its grants.",
    ),
    command(
        "grant_end",
        &[("accountId", "string"), ("grant", "string")],
        "Outcome<SessionsEndedView>",
        "Ends the access of one app.",
    ),
    command(
        "sessions_end_others",
        &[("accountId", "string"), ("request", "EndOthersRequest")],
        "Outcome<SessionsEndedView>",
        "Ends every other session and every other grant.",
    ),
    command(
        "email_set",
        &[("accountId", "string"), ("request", "EmailSetRequest")],
        "Outcome<CodeSentView>",
        "Sends a code to a new e-mail address.",
    ),
    command(
        "email_confirm",
        &[("accountId", "string"), ("request", "CodeConfirmRequest")],
        "AccountView",
        "Makes the proven address the e-mail address.",
    ),
    command(
        "email_remove",
        &[("accountId", "string"), ("request", "EmailRemoveRequest")],
        "Outcome<AccountView>",
        "Removes the e-mail address.",
    ),
    command(
        "phone_set",
        &[("accountId", "string"), ("request", "PhoneSetRequest")],
        "Outcome<CodeSentView>",
        "Sends a code to a new phone number.",
    ),
    command(
        "phone_confirm",
        &[("accountId", "string"), ("request", "CodeConfirmRequest")],
        "AccountView",
        "Makes the proven number the phone number.",
    ),
    command(
        "phone_remove",
        &[("accountId", "string"), ("request", "PhoneRemoveRequest")],
        "Outcome<AccountView>",
        "Removes the phone number.",
    ),
    command(
        "username_update",
        &[("accountId", "string"), ("request", "UsernameUpdateRequest")],
        "Outcome<AccountView>",
        "Sets, changes or removes the user name.",
    ),
    command(
        "password_rules",
        &[("accountId", "string")],
        "PasswordRules",
        "The tenant's rules for passwords.",
    ),
    command(
        "password_update",
        &[("accountId", "string"), ("request", "PasswordUpdateRequest")],
        "Outcome<AccountView>",
        "Sets or changes the password.",
    ),
    command("picture", &[("url", "string")], "string", "Fetches a picture and answers a data URL."),
    command("settings", &[], "AppSettings", "The settings of this device."),
    command(
        "settings_set_server",
        &[("url", "string")],
        "AppSettings",
        "Checks the server and keeps its URL; refused while signed in.",
    ),
    command(
        "settings_set_appearance",
        &[("theme", "Theme"), ("language", "Language | null")],
        "AppSettings",
        "Keeps theme and language on this device and, where the account allows it, with the account.",
    ),
];
