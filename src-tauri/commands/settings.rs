//! The settings of this device.

use account_api::account::{Language, Theme};
use account_api::app::{AppSettings, BrowserReturn};

use super::{Answer, Shell};
use crate::window;

pub(crate) async fn settings(shell: Shell<'_>) -> Answer<AppSettings> {
    Ok(shell.core.settings())
}

pub(crate) async fn settings_set_server(shell: Shell<'_>, url: String) -> Answer<AppSettings> {
    Ok(shell.core.settings_set_server(&url).await?)
}

pub(crate) async fn settings_set_appearance(
    shell: Shell<'_>,
    theme: Theme,
    language: Option<Language>,
) -> Answer<AppSettings> {
    let settings = shell.core.settings_set_appearance(theme, language).await?;
    window::set_theme(shell.handle, settings.theme);
    Ok(settings)
}

pub(crate) async fn settings_set_browser_return(
    shell: Shell<'_>,
    browser_return: BrowserReturn,
) -> Answer<AppSettings> {
    Ok(shell.core.settings_set_browser_return(browser_return)?)
}
