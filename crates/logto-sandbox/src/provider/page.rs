//! The providers' pages. None has a script, and a Content-Security-Policy says so.

use url::Url;
use url::form_urlencoded::Serializer;

use super::Provider;
use super::authorize::AuthorizationRequest;
use crate::http::{Reply, escape_html};

/// Everything is forbidden except the style. `form-action` is left out: browsers apply it to redirects, too.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

const STYLE: &str = ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,\"DejaVu Sans\",sans-serif;\
    max-width:420px;margin:48px auto;padding:0 24px}label{display:block;margin-top:16px}\
    input:not([type=checkbox]){width:100%;box-sizing:border-box}.check{display:flex;gap:8px;align-items:baseline}\
    .check label{margin-top:0}input,button{font:inherit;padding:8px}button{margin:24px 8px 0 0}";

/// Forbids scripts, and that a page or its address is kept.
pub(super) fn guarded(reply: Reply) -> Reply {
    reply
        .with("content-security-policy", POLICY)
        .with("cache-control", "no-store")
        .with("referrer-policy", "no-referrer")
        .with("x-content-type-options", "nosniff")
}

fn page(status: u16, title: &str, head: &str, content: &str) -> Reply {
    let title = escape_html(title);
    let page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"UTF-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title}</title>\
         <link rel=\"icon\" href=\"data:,\"><style>{STYLE}</style>{head}</head>\n\
         <body><main><h1>{title}</h1>\n{content}\n</main></body></html>"
    );
    guarded(Reply::html(status, page))
}

/// Returns a page that says why a request is refused.
pub(super) fn refusal(status: u16, text: &str) -> Reply {
    page(status, "Request refused", "", &format!("<p role=\"alert\">{}</p>", escape_html(text)))
}

fn hidden(name: &str, value: &str) -> String {
    format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", escape_html(name), escape_html(value))
}

/// Returns the page where users say who they are.
pub(super) fn sign_in(
    provider: &Provider,
    query: &[(String, String)],
    asked: &AuthorizationRequest,
    problem: Option<&str>,
) -> Reply {
    let request = Serializer::new(String::new()).extend_pairs(query).finish();
    let url = Url::parse(&asked.redirect_uri).ok();
    let back = url.as_ref().and_then(Url::host_str).map_or_else(|| "another app".to_owned(), str::to_owned);
    let problem = problem.map_or_else(String::new, |text| {
        format!("<p role=\"alert\" id=\"problem\">{}</p>", escape_html(text))
    });
    let [account, email, name] = provider.account;
    let content = format!(
        "<p>This is a provider of the Logto sandbox: you are who you say. It sends you back to {}.</p>{problem}\n\
         <form method=\"post\" action=\"/{}/authorize\">{}\n\
         <label for=\"account\">Account id</label>\
         <input id=\"account\" name=\"account\" value=\"{account}\" autocomplete=\"off\" required>\n\
         <label for=\"email\">E-mail address</label>\
         <input id=\"email\" name=\"email\" type=\"email\" value=\"{email}\" autocomplete=\"off\">\n\
         <label for=\"name\">Name</label><input id=\"name\" name=\"name\" value=\"{name}\" autocomplete=\"off\">\n\
         <p class=\"check\"><input id=\"verified\" name=\"verified\" type=\"checkbox\" value=\"yes\" checked>\
         <label for=\"verified\">The e-mail address is verified</label></p>\n\
         <button name=\"decision\" value=\"continue\">Continue</button>\
         <button name=\"decision\" value=\"cancel\" formnovalidate>Cancel</button></form>",
        escape_html(&back),
        provider.target,
        hidden("request", &request),
    );
    let status = if problem.is_empty() { 200 } else { 400 };
    page(status, &format!("Sign in to {}", provider.name), "", &content)
}

/// Returns a form that posts fields to the redirect URI.
pub(super) fn form(redirect_uri: &str, fields: &[(&'static str, String)]) -> Reply {
    let inputs: String = fields.iter().map(|(name, value)| hidden(name, value)).collect();
    let content = format!(
        "<form method=\"post\" action=\"{}\">{inputs}<button autofocus>Continue</button></form>",
        escape_html(redirect_uri)
    );
    page(200, "You are signed in", "", &content)
}

/// Returns a page that goes to an app's private scheme by itself, with a link for browsers that do not.
pub(super) fn link(location: &str) -> Reply {
    let location = escape_html(location);
    let head = format!("<meta http-equiv=\"refresh\" content=\"0;url={location}\">");
    page(200, "Back to the app", &head, &format!("<p><a href=\"{location}\">Open the app</a></p>"))
}
