//! How a provider sends the user back: by a redirect, by a form, or by a link to another app.

use url::form_urlencoded::Serializer;

use super::authorize::AuthorizationRequest;
use super::page;
use crate::http::Reply;

/// Sends fields to the redirect URI of a request.
pub(super) fn send(asked: &AuthorizationRequest, fields: &[(&'static str, String)]) -> Reply {
    if asked.form_post {
        return page::form(&asked.redirect_uri, fields);
    }
    let query = Serializer::new(String::new()).extend_pairs(fields).finish();
    let separator = match asked.redirect_uri.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    let location = format!("{}{separator}{query}", asked.redirect_uri);
    let is_web_url = ["https:", "http:"].iter().any(|scheme| location.starts_with(scheme));
    if is_web_url { page::guarded(Reply::redirect(302, &location)) } else { page::link(&location) }
}
