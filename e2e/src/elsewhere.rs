//! Another browser of the same user, as far as Logto can tell: the browser forgets its session, and signs in again.

use std::time::Duration;

use serde_json::Value;
use url::Url;

use crate::browser::Browser;
use crate::config::Target;
use crate::failure::{Failure, Outcome};
use crate::sign_in_page::SignInPage;
use crate::wait;

/// The challenge of RFC 7636, Appendix B. The code is never exchanged.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Signs the user in once more. A second session and its grant stay behind in Logto.
///
/// # Errors
/// When the settings server or the browser fails.
pub async fn sign_in(target: &Target, browser: &Browser) -> Outcome {
    let issuer = target.issuer.as_str().trim_end_matches('/');
    browser.client.goto(&format!("{issuer}/.well-known/openid-configuration")).await?;
    browser.client.delete_all_cookies().await?;
    let fields = [
        ("client_id", client_id(target).await?.as_str()),
        ("redirect_uri", "http://127.0.0.1:9/callback"),
        ("response_type", "code"),
        ("scope", "openid offline_access"),
        ("prompt", "consent"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("state", "elsewhere"),
    ]
    .map(|(name, value)| (name, value.to_owned()));
    let url = Url::parse_with_params(&format!("{issuer}/auth"), fields)
        .map_err(|error| Failure::Failed(format!("no authorization URL: {error}")))?;
    browser.client.goto(url.as_str()).await?;
    SignInPage::appears(browser, target).await?.sign_in(&target.username, &target.password).await?;
    wait::until("the browser to leave Logto with a code", wait::PATIENCE, || async {
        Ok(browser.client.current_url().await?.origin() != target.issuer.origin())
    })
    .await
}

/// Returns the app's client id from the settings server's metadata.
async fn client_id(target: &Target) -> Outcome<String> {
    let url = Url::parse(&target.server_url)
        .map_err(|error| Failure::infrastructure("LATCHKEY_E2E_SERVER_URL", error))?;
    let well_known = format!(
        "{}/.well-known/oauth-protected-resource{}",
        url.origin().ascii_serialization(),
        url.path().trim_end_matches('/')
    );
    let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build()?;
    let metadata: Value = client.get(well_known).send().await?.error_for_status()?.json().await?;
    metadata["latchkey"]["client_id"]
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| Failure::Failed("the settings server names no client".to_owned()))
}
