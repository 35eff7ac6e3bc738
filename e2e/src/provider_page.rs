//! The page of a provider of social accounts, and the settings server's page behind it, in the system browser. Driven by
//! keyboard.

use fantoccini::{Client, Locator};

use crate::browser::Browser;
use crate::config::Target;
use crate::failure::{Outcome, skip};
use crate::wait;

const ENTER: &str = "\u{e007}";
/// The button that authorizes.
const CONTINUE: &str = "button[value=continue]";

/// The provider's page, in the browser's current tab.
#[derive(Debug)]
pub struct ProviderPage<'a> {
    client: &'a Client,
}

impl<'a> ProviderPage<'a> {
    /// Waits until the browser shows it. A run without providers is skipped.
    ///
    /// # Errors
    /// When it does not appear.
    pub async fn appears(browser: &'a Browser, target: &Target) -> Outcome<Self> {
        let Some((providers, _)) = &target.providers else { return skip("there are no providers") };
        // That of an earlier link may still be open, at its end.
        browser.turn_to_one_with(providers, CONTINUE).await?;
        Ok(Self { client: &browser.client })
    }

    /// Authorizes with the account that the page suggests.
    ///
    /// # Errors
    /// When the button is missing.
    pub async fn authorize(&self) -> Outcome {
        self.press(CONTINUE).await
    }

    /// Authorizes with another account.
    ///
    /// # Errors
    /// When a field is missing.
    pub async fn authorize_as(&self, account: &str) -> Outcome {
        let field = self.client.find(Locator::Css("input[name=account]")).await?;
        field.clear().await?;
        field.send_keys(account).await?;
        self.authorize().await
    }

    /// Sends the form in which the provider answers (`response_mode=form_post`), as its script would.
    ///
    /// # Errors
    /// When there is none.
    pub async fn post_answer(&self) -> Outcome {
        self.press("form button[autofocus]").await
    }

    /// Refuses.
    ///
    /// # Errors
    /// When the button is missing.
    pub async fn refuse(&self) -> Outcome {
        self.press("button[value=cancel]").await
    }

    async fn press(&self, css: &str) -> Outcome {
        let button = wait::until_some(&format!("`{css}` on the provider's page"), wait::PATIENCE, || async {
            Ok(self.client.find(Locator::Css(css)).await.ok())
        })
        .await?;
        Ok(button.send_keys(ENTER).await?)
    }
}

/// Follows the link of a provider that answers to the app itself, as a user does.
///
/// # Errors
/// When the provider's page has none.
pub async fn answer_to_app(browser: &Browser) -> Outcome {
    let link = wait::until_some("the provider's link to the app", wait::PATIENCE, || async {
        Ok(browser.client.find(Locator::Css("a[href^='app.']")).await.ok())
    })
    .await?;
    Ok(link.send_keys(ENTER).await?)
}

/// Waits for the page with the way back to the app. Returns its deep link.
///
/// # Errors
/// When it does not appear.
pub async fn way_back(browser: &Browser, target: &Target) -> Outcome<String> {
    // In the provider's tab: the page of an earlier link may be in another one.
    let page = format!("{}/callback/return/", target.server_url);
    wait::until(&format!("the browser at {page}"), wait::PATIENCE, || async {
        Ok(browser.client.current_url().await?.as_str().starts_with(&page))
    })
    .await?;
    let link = browser.client.find(Locator::Css("a")).await?;
    Ok(link.attr("href").await?.unwrap_or_default())
}

/// Follows the way back to the app, as a user does.
///
/// # Errors
/// When the page does not appear.
pub async fn return_to_app(browser: &Browser, target: &Target) -> Outcome {
    way_back(browser, target).await?;
    Ok(browser.client.find(Locator::Css("a")).await?.send_keys(ENTER).await?)
}
