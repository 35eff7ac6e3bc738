//! One file for each feature; a command is its arguments, one call into the core, and `?`.

mod access_tokens;
mod account;
mod identifiers;
mod password;
mod session;
mod sessions;
mod settings;
mod social;
mod state;
mod step_up;

use std::sync::Arc;

use account_api::error::CommandError;
use tauri::ipc::Invoke;

/// The result of every command.
type Answer<T> = Result<T, CommandError>;

/// The state that a command works with.
struct Shell<'a> {
    core: &'a Arc<account_core::App>,
    handle: &'a tauri::AppHandle,
}

/// Creates a command of Tauri from each row of the contract's list. One without a function in its module, or with
/// other arguments, does not compile.
macro_rules! handler {
    ($($(#[doc = $does:literal])+ $module:ident::$name:ident($($argument:ident: $type:ty),* $(,)?) -> $answer:ty;)*) => {
        mod tauri_commands {
            use super::{Answer, Arc, Shell};

            $(
                #[tauri::command]
                pub(super) async fn $name(
                    core: tauri::State<'_, Arc<account_core::App>>,
                    handle: tauri::AppHandle,
                    $($argument: $type,)*
                ) -> Answer<$answer> {
                    super::$module::$name(Shell { core: &core, handle: &handle }, $($argument),*).await
                }
            )*
        }

        /// Returns the handler of the commands that the page can call.
        pub(crate) fn handler() -> impl Fn(Invoke) -> bool + Send + Sync + 'static {
            tauri::generate_handler![$(tauri_commands::$name),*]
        }
    };
}

account_api::commands!(handler);
