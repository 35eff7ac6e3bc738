//! The list of commands that the page can call. A command that is not here does not exist.
//!
//! [`commands!`](crate::commands!) passes the list to a macro of the caller: the shell makes Tauri's commands and
//! their handler from it, the code generator the page's TypeScript, and this module the names that permissions are
//! made from.

/// Calls a macro with every command: its description, the shell's module, its name, arguments and answer. Each command
/// may fail with a [`CommandError`](crate::error::CommandError). In the page, names of arguments are in `camelCase`.
#[macro_export]
macro_rules! commands {
    ($callback:ident) => {
        $callback! {
            /// Returns the present state; later states come as `state` events.
            state::app_state() -> $crate::app::AppState;
            /// Returns the page that a link requested before this page listened, once.
            state::pending_page() -> Option<$crate::app::Page>;
            /// Reports that the page rendered an account for the first time; logged with the time since start.
            state::first_view() -> ();
            /// Opens the system browser for a sign-in; returns when the user is signed in, or the sign-in failed.
            session::sign_in() -> ();
            /// Opens the browser again for the sign-in under way.
            session::sign_in_reopen() -> ();
            /// Puts the sign-in address on the clipboard, without showing it to the page.
            session::sign_in_copy_link() -> ();
            /// Cancels the sign-in under way.
            session::sign_in_cancel() -> ();
            /// Revokes the session, erases what is kept here and, if requested, ends the browser's session too.
            session::sign_out(account_id: String, end_browser_session: bool) -> ();
            /// Keeps a session in the keyring that would have ended with the app; the keyring may ask to be unlocked
            /// or set up.
            session::session_keep(account_id: String) -> ();
            /// Reads the account from the server.
            account::account_refresh(account_id: String) -> $crate::account::AccountView;
            /// Changes name or avatar.
            account::account_update(
                account_id: String,
                request: $crate::account::AccountUpdateRequest,
            ) -> $crate::account::AccountView;
            /// Changes standard profile fields.
            account::profile_update(
                account_id: String,
                request: $crate::account::ProfileUpdateRequest,
            ) -> $crate::account::AccountView;
            /// Changes fields that the organisation adds.
            account::custom_fields_update(
                account_id: String,
                request: $crate::custom_fields::CustomFieldsUpdateRequest,
            ) -> $crate::account::AccountView;
            /// Returns the user's organisations and roles.
            account::memberships(account_id: String) -> $crate::memberships::MembershipsView;
            /// Opens the system browser for a fresh sign-in; returns when it is proven or failed.
            step_up::step_up_browser(account_id: String, step_up: String) -> $crate::app::StepUpProgress;
            /// Opens the browser again for the step-up under way.
            step_up::step_up_browser_reopen() -> ();
            /// Puts the step-up's address on the clipboard, without showing it to the page.
            step_up::step_up_browser_copy_link() -> ();
            /// Stops waiting for the browser.
            step_up::step_up_browser_cancel() -> ();
            /// Proves a step-up with the present password.
            step_up::step_up_password(
                account_id: String,
                step_up: String,
                password: $crate::secret::SecretText,
            ) -> $crate::app::StepUpProgress;
            /// Sends a code to a present address.
            step_up::step_up_code_send(
                account_id: String,
                step_up: String,
                route: $crate::step_up::CodeRoute,
            ) -> $crate::step_up::CodeSentView;
            /// Proves a step-up with the code that was sent.
            step_up::step_up_code_confirm(
                account_id: String,
                step_up: String,
                request: $crate::step_up::CodeConfirmRequest,
            ) -> $crate::app::StepUpProgress;
            /// Returns everything that is signed in.
            sessions::sessions_list(account_id: String) -> $crate::sessions::SessionsView;
            /// Ends one browser session with its grants.
            sessions::session_end(
                account_id: String,
                session: String,
            ) -> $crate::app::Outcome<$crate::sessions::SessionsEndedView>;
            /// Ends the access of one app.
            sessions::grant_end(
                account_id: String,
                grant: String,
            ) -> $crate::app::Outcome<$crate::sessions::SessionsEndedView>;
            /// Ends every other session and every other grant.
            sessions::sessions_end_others(
                account_id: String,
                request: $crate::sessions::EndOthersRequest,
            ) -> $crate::app::Outcome<$crate::sessions::SessionsEndedView>;
            /// The user's personal access tokens, without their values.
            access_tokens::access_tokens_list(account_id: String) -> $crate::access_tokens::AccessTokensView;
            /// Creates a personal access token; no other answer has its value.
            access_tokens::access_token_create(
                account_id: String,
                request: $crate::access_tokens::AccessTokenCreateRequest,
            ) -> $crate::app::Outcome<$crate::access_tokens::AccessTokenCreatedView>;
            /// Renames a personal access token.
            access_tokens::access_token_rename(
                account_id: String,
                request: $crate::access_tokens::AccessTokenRenameRequest,
            ) -> $crate::access_tokens::AccessTokensView;
            /// Revokes a personal access token.
            access_tokens::access_token_revoke(
                account_id: String,
                request: $crate::access_tokens::AccessTokenRevokeRequest,
            ) -> $crate::app::Outcome<$crate::access_tokens::AccessTokensView>;
            /// The user's linked social accounts, and the providers of which one can be linked.
            social::social_list(account_id: String) -> $crate::social::SocialView;
            /// Opens the system browser to link an account of a provider.
            social::social_link_begin(
                account_id: String,
                request: $crate::social::SocialLinkStart,
            ) -> $crate::app::Outcome<$crate::social::SocialLinkPending>;
            /// Returns the link under way, also one that was begun before the app was started again.
            social::social_link_pending(account_id: String) -> Option<$crate::social::SocialLinkPending>;
            /// Waits for the link under way; returns when the account is linked, or the link failed.
            social::social_link_wait(account_id: String) -> $crate::social::SocialLinkedView;
            /// Opens the browser again for the link under way.
            social::social_link_reopen(account_id: String) -> ();
            /// Puts the provider's address on the clipboard, without showing it to the page.
            social::social_link_copy_link(account_id: String) -> ();
            /// Cancels the link under way.
            social::social_link_cancel(account_id: String) -> ();
            /// Opens Logto's account center in the system browser, where it can link what this app cannot.
            social::social_account_center(account_id: String) -> ();
            /// Unlinks a social account.
            social::social_unlink(
                account_id: String,
                request: $crate::social::SocialUnlinkRequest,
            ) -> $crate::app::Outcome<$crate::social::SocialView>;
            /// Links a social account again that was unlinked or replaced.
            social::social_restore(
                account_id: String,
                request: $crate::social::SocialRestoreRequest,
            ) -> $crate::app::Outcome<$crate::social::SocialView>;
            /// Erases what is kept of a social account that was unlinked or replaced.
            social::social_forget(
                account_id: String,
                request: $crate::social::SocialForgetRequest,
            ) -> $crate::app::Outcome<$crate::social::SocialView>;
            /// Sends a code to a new e-mail address.
            identifiers::email_set(
                account_id: String,
                request: $crate::identifiers::EmailSetRequest,
            ) -> $crate::app::Outcome<$crate::step_up::CodeSentView>;
            /// Makes the proven address the e-mail address.
            identifiers::email_confirm(
                account_id: String,
                request: $crate::step_up::CodeConfirmRequest,
            ) -> $crate::account::AccountView;
            /// Removes the e-mail address.
            identifiers::email_remove(
                account_id: String,
                request: $crate::identifiers::EmailRemoveRequest,
            ) -> $crate::app::Outcome<$crate::account::AccountView>;
            /// Sends a code to a new phone number.
            identifiers::phone_set(
                account_id: String,
                request: $crate::identifiers::PhoneSetRequest,
            ) -> $crate::app::Outcome<$crate::step_up::CodeSentView>;
            /// Makes the proven number the phone number.
            identifiers::phone_confirm(
                account_id: String,
                request: $crate::step_up::CodeConfirmRequest,
            ) -> $crate::account::AccountView;
            /// Removes the phone number.
            identifiers::phone_remove(
                account_id: String,
                request: $crate::identifiers::PhoneRemoveRequest,
            ) -> $crate::app::Outcome<$crate::account::AccountView>;
            /// Sets, changes or removes the user name.
            identifiers::username_update(
                account_id: String,
                request: $crate::identifiers::UsernameUpdateRequest,
            ) -> $crate::app::Outcome<$crate::account::AccountView>;
            /// Returns the tenant's rules for passwords.
            password::password_rules(account_id: String) -> $crate::password::PasswordRules;
            /// Sets or changes the password.
            password::password_update(
                account_id: String,
                request: $crate::password::PasswordUpdateRequest,
            ) -> $crate::app::Outcome<$crate::account::AccountView>;
            /// Fetches a picture and returns it as a data URL.
            account::picture(url: String) -> String;
            /// Returns the settings of this device.
            settings::settings() -> $crate::app::AppSettings;
            /// Checks the server and keeps its URL; refused while signed in.
            settings::settings_set_server(url: String) -> $crate::app::AppSettings;
            /// Keeps theme and language on this device and, where the account allows it, with the account.
            settings::settings_set_appearance(
                theme: $crate::account::Theme,
                language: Option<$crate::account::Language>,
            ) -> $crate::app::AppSettings;
            /// Keeps how the browser returns after a sign-in on this device.
            settings::settings_set_browser_return(
                browser_return: $crate::app::BrowserReturn,
            ) -> $crate::app::AppSettings;
        }
    };
}

macro_rules! names {
    ($($(#[doc = $does:literal])+ $module:ident::$name:ident($($argument:ident: $type:ty),* $(,)?) -> $answer:ty;)*) => {
        /// The name of every command.
        pub const NAMES: &[&str] = &[$(stringify!($name)),*];
    };
}

crate::commands!(names);
