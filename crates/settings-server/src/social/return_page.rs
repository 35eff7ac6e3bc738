//! The pages that a browser shows after it came back from a provider: without script, without anything from elsewhere, and
//! with no part of the provider's answer (B27).
//!
//! A callback redirects to a ticket: the state and a handle, sealed, in the path. Only the browser that was redirected has
//! it. For a state that nothing is under way for the same page is made, with a handle that opens nothing.

use std::sync::LazyLock;

use account_api::account::Language;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use sha2::{Digest, Sha256};

use crate::state::AppState;
use crate::store::StoreError;

/// How long a ticket opens its page, in milliseconds.
const TICKET_MS: u64 = 10 * 60_000;
const SEALED_FOR: &str = "return ticket";

const STYLE: &str = "body{margin:0;min-height:100vh;display:grid;place-items:center;font:16px/1.5 system-ui,sans-serif;\
    background:#f6f6f4;color:#1c1c1a}main{max-width:26rem;padding:2rem;text-align:center}h1{font-size:1.375rem;margin:0 0 \
    .75rem}p{margin:0 0 1.5rem}a{display:inline-block;padding:.75rem 1.25rem;border-radius:.5rem;background:#1f6f5c;\
    color:#fff;font-weight:600;text-decoration:none}a:focus-visible{outline:3px solid #1f6f5c;outline-offset:3px}\
    @media(prefers-color-scheme:dark){body{background:#161614;color:#ededea}a{background:#6fc7b0;color:#0c1f1a}\
    a:focus-visible{outline-color:#6fc7b0}}";

static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy)
        .unwrap_or(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"))
});

/// Makes the ticket of a state and its handle.
///
/// # Errors
/// [`StoreError`].
pub(crate) fn ticket(state: &AppState, link: &str, handle: &str) -> Result<String, StoreError> {
    let until = state.clock.now_unix_ms() + TICKET_MS;
    let sealed = state.store.sealer.seal(format!("{until}\0{link}\0{handle}").as_bytes(), SEALED_FOR)?;
    Ok(URL_SAFE_NO_PAD.encode(sealed))
}

/// Returns the page of a ticket. Whatever else is in its place has the page that says that there is nothing to do.
pub(crate) fn of_ticket(state: &AppState, headers: &HeaderMap, ticket: &str) -> Response {
    let language = language(headers);
    match link_in(state, ticket) {
        Some(link) => page(StatusCode::OK, language, &words(language).returned, Some(&link)),
        None => page(StatusCode::NOT_FOUND, language, &words(language).over, None),
    }
}

/// Returns the page for a browser that has to load its address again.
pub(crate) fn try_again(headers: &HeaderMap) -> Response {
    let language = language(headers);
    page(StatusCode::SERVICE_UNAVAILABLE, language, &words(language).try_again, None)
}

/// Returns the deep link of a ticket: a constant scheme and host, and two secrets of the expected shape.
fn link_in(state: &AppState, ticket: &str) -> Option<String> {
    let sealed = URL_SAFE_NO_PAD.decode(ticket).ok()?;
    let text = state.store.sealer.open(&sealed, SEALED_FOR)?;
    let mut parts = std::str::from_utf8(&text).ok()?.split('\0');
    let until: u64 = parts.next()?.parse().ok()?;
    let (link, handle) = (parts.next()?, parts.next()?);
    let is_open = state.clock.now_unix_ms() < until;
    is_open.then(|| format!("{}://social?state={link}&handle={handle}", state.config.app.scheme))
}

struct Text {
    title: &'static str,
    body: &'static str,
}

struct Words {
    returned: Text,
    button: &'static str,
    over: Text,
    try_again: Text,
}

fn words(language: Language) -> Words {
    match language {
        Language::En => Words {
            returned: Text { title: "Go back to Latchkey", body: "Finish there, then close this page." },
            button: "Return to Latchkey",
            over: Text {
                title: "Nothing to do here",
                body: "This page is out of date. Go back to Latchkey and start again.",
            },
            try_again: Text {
                title: "That didn\u{2019}t work just now",
                body: "Wait a moment, then reload this page.",
            },
        },
        Language::De => Words {
            returned: Text {
                title: "Zurück zu Latchkey",
                body: "Schließen Sie den Vorgang dort ab. Danach können Sie diese Seite schließen.",
            },
            button: "Latchkey öffnen",
            over: Text {
                title: "Hier gibt es nichts zu tun",
                body: "Diese Seite ist abgelaufen. Gehen Sie zurück zu Latchkey und beginnen Sie noch einmal.",
            },
            try_again: Text {
                title: "Das hat gerade nicht geklappt",
                body: "Warten Sie kurz, und laden Sie diese Seite neu.",
            },
        },
    }
}

/// Returns the first language of `Accept-Language` that the pages have.
fn language(headers: &HeaderMap) -> Language {
    let wanted =
        headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let known = wanted.split(',').find_map(|range| {
        let tag = range.split(';').next().unwrap_or_default().trim();
        match tag.split('-').next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "de" => Some(Language::De),
            "en" => Some(Language::En),
            _ => None,
        }
    });
    known.unwrap_or(Language::En)
}

/// Writes a page. `link` consists of characters that need no escaping.
fn page(status: StatusCode, language: Language, text: &Text, link: Option<&str>) -> Response {
    let tag = match language {
        Language::En => "en",
        Language::De => "de",
    };
    let Text { title, body } = text;
    let button = words(language).button;
    let link = link
        .map_or_else(String::new, |link| format!("<a href=\"{}\">{button}</a>", link.replace('&', "&amp;")));
    let html = format!(
        "<!doctype html><html lang=\"{tag}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style></head>\
         <body><main><h1>{title}</h1><p>{body}</p>{link}</main></body></html>"
    );
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, POLICY.clone()),
    ];
    (status, headers, html).into_response()
}
