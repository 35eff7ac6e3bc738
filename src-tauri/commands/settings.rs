//! The settings of this device.

use account_api::account::{Language, Theme};
use account_api::app::AppSettings;
use tauri::AppHandle;

use super::{Answer, Core};
use crate::window;

#[tauri::command]
pub(crate) fn settings(core: Core<'_>) -> AppSettings {
    core.settings()
}

#[tauri::command]
pub(crate) async fn settings_set_server(core: Core<'_>, url: String) -> Answer<AppSettings> {
    Ok(core.settings_set_server(&url).await?)
}

#[tauri::command]
pub(crate) async fn settings_set_appearance(
    handle: AppHandle,
    core: Core<'_>,
    theme: Theme,
    language: Option<Language>,
) -> Answer<AppSettings> {
    let settings = core.settings_set_appearance(theme, language).await?;
    window::set_theme(&handle, settings.theme);
    Ok(settings)
}
