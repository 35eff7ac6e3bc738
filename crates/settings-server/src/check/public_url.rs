//! Whether apps find this server under its public URL. A proxy in front must pass two paths on as they are: everything
//! below the URL's path, and the metadata, which RFC 9728 puts at the root of the host.
//!
//! An answer that cannot be this server's is an error. Where no answer came, or a proxy says that it reaches no
//! server, this server may simply not run yet, or be reachable from other networks only: that is a warning.

use logto_client::{TransportFailure, TransportSettings, http_client, read_bounded};
use reqwest::header::{HeaderName, LOCATION, WWW_AUTHENTICATE};
use reqwest::{Client, Response};
use serde_json::Value;
use url::Url;

use super::Report;
use crate::config::{Config, is_loopback};
use crate::text::foreign::cleaned;

const METADATA: &str = "public_url.metadata";
const API: &str = "public_url.api";
/// A path that refuses every request without a token.
const PROBE: &str = "/account";
/// The maximum number of characters of foreign text in a finding.
const MOST_CHARACTERS: usize = 200;

/// What came back from an address.
struct Answer {
    status: u16,
    challenge: String,
    location: Option<String>,
    body: Value,
}

/// Requests the metadata and the API as an app does: by the public URL, following no redirects.
///
/// # Errors
/// The error of creating an HTTP client.
pub(super) async fn check(report: &mut Report, config: &Config) -> Result<(), reqwest::Error> {
    let url = Url::parse(&config.public_url.to_string()).ok();
    let http = http_client(TransportSettings {
        request_timeout: config.limits.upstream_timeout,
        without_proxy: url.as_ref().is_some_and(is_loopback),
        ..TransportSettings::default()
    })?;
    if check_metadata(report, config, &http).await {
        check_api(report, config, &http).await;
    }
    Ok(())
}

/// Returns whether any answer came.
async fn check_metadata(report: &mut Report, config: &Config, http: &Client) -> bool {
    let url = config.public_url.metadata_url();
    let answer = match ask(http, &url).await {
        Ok(answer) => answer,
        Err(reason) => {
            report.warning(
                METADATA,
                format!("{url} cannot be reached from here: {reason}"),
                "start the server and check again; if it runs, check the host's name, the certificate and the proxy",
            );
            return false;
        }
    };
    let resource = answer.body["resource"].as_str();
    let own = config.public_url.to_string();
    if answer.status == 200 && resource == Some(own.as_str()) {
        report.ok(METADATA, url);
    } else if let (200, Some(other)) = (answer.status, resource) {
        report.error(
            METADATA,
            format!("{url} is the metadata of {}, not of {own}", shortened(other)),
            "let the proxy pass it on to this server, or correct public_url",
        );
    } else {
        wrong(report, METADATA, config, &url, &answer, &config.public_url.metadata_path());
    }
    true
}

async fn check_api(report: &mut Report, config: &Config, http: &Client) {
    let url = format!("{}{PROBE}", config.public_url);
    let answer = match ask(http, &url).await {
        Ok(answer) => answer,
        Err(reason) => {
            let message = format!("{url} cannot be reached from here: {reason}");
            return report.warning(API, message, "check the proxy's log");
        }
    };
    let names_us = answer.challenge.contains(&format!("\"{}\"", config.public_url.metadata_url()));
    if answer.status == 401 && names_us {
        report.ok(API, config.public_url.to_string());
    } else if answer.status == 401 && is_ours(&answer.body) {
        report.error(
            API,
            format!("{url} answers without this server's WWW-Authenticate header"),
            "let the proxy pass every header of an answer on, and check whether another server answers there",
        );
    } else {
        wrong(report, API, config, &url, &answer, &format!("{}/", config.public_url.path()));
    }
}

/// Reports an answer that is not the one of `path`.
fn wrong(report: &mut Report, id: &'static str, config: &Config, url: &str, answer: &Answer, path: &str) {
    if let Some(location) = &answer.location {
        return report.error(
            id,
            format!("{url} redirects to {}, and apps follow no redirect", shortened(location)),
            format!("let the proxy pass {path} on as it is"),
        );
    }
    if matches!(answer.status, 502..=504) && !is_ours(&answer.body) {
        return report.warning(
            id,
            format!("{url} answers {}: a proxy does not reach this server", answer.status),
            format!("start the server, and let the proxy pass on to {}", config.listen.address),
        );
    }
    if is_ours(&answer.body) && answer.body["code"] == "not_found" {
        return report.error(
            id,
            format!("{url} reaches a settings server under another path: a proxy changes the path"),
            format!(
                "let the proxy pass {path} on as it is (nginx: no path after the address in proxy_pass; Caddy: handle \
                 instead of handle_path)"
            ),
        );
    }
    report.error(
        id,
        format!("{url} answers {}, but not as this server does", answer.status),
        format!("let the proxy pass {path} on to {}, as it is", config.listen.address),
    );
}

/// Whether an error has the shape of this server's (docs/API.md, "Errors").
fn is_ours(body: &Value) -> bool {
    ["code", "message", "request_id"].iter().all(|field| body[*field].is_string())
}

async fn ask(http: &Client, url: &str) -> Result<Answer, String> {
    let mut response =
        http.get(url).send().await.map_err(|error| shortened(&TransportFailure::from(error).to_string()))?;
    let (status, redirects) = (response.status().as_u16(), response.status().is_redirection());
    let location = text(&response, &LOCATION).filter(|_| redirects);
    let challenge = text(&response, &WWW_AUTHENTICATE).unwrap_or_default();
    let body = read_bounded(&mut response).await.unwrap_or_default();
    Ok(Answer { status, challenge, location, body: serde_json::from_slice(&body).unwrap_or_default() })
}

fn text(response: &Response, name: &HeaderName) -> Option<String> {
    response.headers().get(name)?.to_str().ok().map(str::to_owned)
}

/// Returns foreign text as one line.
fn shortened(text: &str) -> String {
    cleaned(text, MOST_CHARACTERS).unwrap_or_default()
}
