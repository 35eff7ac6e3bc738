//! Logto's sign-in page: the only module that knows its fields. A real Logto shows the identifier and the password on
//! one page or on two; both are driven, by keyboard.

use fantoccini::elements::Element;
use fantoccini::{Client, Locator};

use crate::browser::Browser;
use crate::config::Target;
use crate::failure::Outcome;
use crate::wait;

const IDENTIFIER: &str = "input[name=identifier]";
const PASSWORD: &str = "input[name=password]";
const ENTER: &str = "\u{e007}";
const SUBMIT: &str = "button[type=submit]";

/// The page, in the browser's current tab.
#[derive(Debug)]
pub struct SignInPage<'a> {
    client: &'a Client,
}

impl<'a> SignInPage<'a> {
    /// Waits until the browser shows it.
    ///
    /// # Errors
    /// When it does not appear.
    pub async fn appears(browser: &'a Browser, target: &Target) -> Outcome<Self> {
        browser.turn_to(&target.issuer.origin().ascii_serialization()).await?;
        let page = Self { client: &browser.client };
        page.field(IDENTIFIER).await?;
        page.field(SUBMIT).await?;
        Ok(page)
    }

    /// Signs in.
    ///
    /// # Errors
    /// When a field is missing.
    pub async fn sign_in(&self, username: &str, password: &str) -> Outcome {
        self.field(IDENTIFIER).await?.send_keys(username).await?;
        if self.client.find(Locator::Css(PASSWORD)).await.is_err() {
            self.client.active_element().await?.send_keys(ENTER).await?;
        }
        let field = self.field(PASSWORD).await?;
        field.send_keys(password).await?;
        field.send_keys(ENTER).await?;
        Ok(())
    }

    /// Refuses, where the page has a link for it (a real Logto has none); returns false where it has not.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn refuse(&self) -> Outcome<bool> {
        let Ok(link) = self.client.find(Locator::Id("cancel")).await else { return Ok(false) };
        link.send_keys(ENTER).await?;
        Ok(true)
    }

    async fn field(&self, css: &str) -> Outcome<Element> {
        wait::until_some(&format!("`{css}` on the sign-in page"), wait::PATIENCE, || async {
            let element = self.client.find(Locator::Css(css)).await?;
            Ok(element.is_displayed().await?.then_some(element))
        })
        .await
    }
}
