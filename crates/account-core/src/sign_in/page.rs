//! The static page that the browser shows after the sign-in: text only, nothing of the request in it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// The page that the browser gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Page {
    /// The answer arrived: the tab can be closed.
    Finished,
    /// The identity provider refused.
    NotSignedIn,
    /// The answer belongs to another sign-in.
    WrongSignIn,
    /// The path is another one.
    NotFound,
    /// The method is not GET.
    WrongMethod,
    /// The host is not the number and port of the listener.
    WrongHost,
    /// Not HTTP, or too large.
    BadRequest,
}

const STYLE: &str = ":root{color-scheme:light dark}body{font:1.125rem/1.6 system-ui,sans-serif;margin:0;\
min-height:100vh;display:grid;place-items:center;background:#f6f7f9;color:#16202c}main{max-width:32rem;\
padding:2.5rem}h1{font-size:1.5rem;line-height:1.3;margin:0 0 .75rem}p{margin:0}\
@media(prefers-color-scheme:dark){body{background:#12171d;color:#e8edf2}}";

/// Returns the complete HTTP response.
pub(super) fn response(page: Page, german: bool) -> Vec<u8> {
    let status = match page {
        Page::Finished | Page::NotSignedIn => "200 OK",
        Page::WrongSignIn | Page::BadRequest => "400 Bad Request",
        Page::NotFound => "404 Not Found",
        Page::WrongMethod => "405 Method Not Allowed\r\nAllow: GET",
        Page::WrongHost => "421 Misdirected Request",
    };
    let (title, text) = words(page, german);
    let language = if german { "de" } else { "en" };
    let body = format!(
        "<!doctype html><html lang=\"{language}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>{title} – Latchkey</title><style>{STYLE}</style></head>\
         <body><main><h1>{title}</h1><p>{text}</p></main></body></html>"
    );
    let style = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
         Content-Security-Policy: default-src 'none'; style-src 'sha256-{style}'; frame-ancestors 'none'; \
         base-uri 'none'; form-action 'none'\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n\
         X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn words(page: Page, german: bool) -> (&'static str, &'static str) {
    match (page, german) {
        (Page::Finished, false) => {
            ("Back to Latchkey", "Your sign-in continues in Latchkey. You can close this tab.")
        }
        (Page::Finished, true) => {
            ("Zurück zu Latchkey", "Ihre Anmeldung geht in Latchkey weiter. Sie können diesen Tab schließen.")
        }
        (Page::NotSignedIn, false) => {
            ("The sign-in did not succeed", "Latchkey says what happened. You can close this tab.")
        }
        (Page::NotSignedIn, true) => (
            "Die Anmeldung ist nicht gelungen",
            "Latchkey sagt, was geschehen ist. Sie können diesen Tab schließen.",
        ),
        (Page::WrongSignIn, false) => {
            ("This is not the sign-in Latchkey is waiting for", "Close this tab and start again in Latchkey.")
        }
        (Page::WrongSignIn, true) => (
            "Auf diese Anmeldung wartet Latchkey nicht",
            "Schließen Sie diesen Tab und beginnen Sie in Latchkey von vorn.",
        ),
        (_, false) => ("Nothing here", "This address only takes the answer of a sign-in."),
        (_, true) => ("Hier ist nichts", "Diese Adresse nimmt nur die Antwort einer Anmeldung an."),
    }
}

/// Whether German is preferred over English in an `Accept-Language` header (RFC 9110 §12.5.4), with weights.
pub(super) fn prefers_german(header: &str) -> bool {
    let weight_of = |language: &str| {
        header
            .split(',')
            .take(32)
            .filter_map(|entry| {
                let mut parts = entry.split(';');
                let tag = parts.next()?.trim();
                let primary = tag.split('-').next()?;
                let weight =
                    parts.find_map(|part| part.trim().strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
                primary.eq_ignore_ascii_case(language).then_some(weight)
            })
            .fold(0.0_f32, f32::max)
    };
    let (german, english) = (weight_of("de"), weight_of("en"));
    german > english
        || (german > 0.0
            && german.total_cmp(&english).is_eq()
            && header.trim_start().get(..2).is_some_and(|start| start.eq_ignore_ascii_case("de")))
}

#[cfg(test)]
mod tests {
    use super::prefers_german;

    #[test]
    fn page_is_in_preferred_language_of_browser() {
        for (header, german) in [
            ("de-AT,de;q=0.9,en;q=0.8", true),
            ("de", true),
            ("en-GB,en;q=0.9,de;q=0.8", false),
            ("fr,de;q=0.5,en;q=0.4", true),
            ("en,de", false),
            ("", false),
            ("*", false),
            ("é;q=;;,", false),
        ] {
            assert_eq!(prefers_german(header), german, "{header}");
        }
    }
}
