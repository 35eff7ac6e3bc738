//! One file a feature; every command is arguments, one call into the core, and `?`.

mod account;
mod identifiers;
mod password;
mod session;
mod sessions;
mod settings;
mod state;
mod step_up;

use account_api::error::CommandError;
use tauri::ipc::Invoke;

/// What every command answers.
type Answer<T> = Result<T, CommandError>;
/// The core, as Tauri keeps it.
type Core<'a> = tauri::State<'a, std::sync::Arc<account_core::App>>;

/// The commands the page can call: exactly `account_api::commands::COMMANDS`.
pub(crate) fn handler() -> impl Fn(Invoke) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        state::app_state,
        state::pending_page,
        state::first_view,
        session::sign_in,
        session::sign_in_reopen,
        session::sign_in_copy_link,
        session::sign_in_cancel,
        session::sign_out,
        session::session_keep,
        account::account_refresh,
        account::account_update,
        account::profile_update,
        account::custom_fields_update,
        account::memberships,
        step_up::step_up_browser,
        step_up::step_up_browser_reopen,
        step_up::step_up_browser_copy_link,
        step_up::step_up_browser_cancel,
        step_up::step_up_password,
        step_up::step_up_code_send,
        step_up::step_up_code_confirm,
        sessions::sessions_list,
        sessions::session_end,
        sessions::grant_end,
        sessions::sessions_end_others,
        identifiers::email_set,
        identifiers::email_confirm,
        identifiers::email_remove,
        identifiers::phone_set,
        identifiers::phone_confirm,
        identifiers::phone_remove,
        identifiers::username_update,
        password::password_rules,
        password::password_update,
        account::picture,
        settings::settings,
        settings::settings_set_server,
        settings::settings_set_appearance,
    ]
}
