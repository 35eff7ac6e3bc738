//! What a browser without a window reads in a provider's answer.

use crate::http::{Reply, unescape_html};

/// Where a provider sends its user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderReturn {
    /// The redirect URI, with the answer in its query unless there is a form.
    pub url: String,
    /// The fields of a form that is posted to it (`response_mode=form_post`).
    pub form: Option<Vec<(String, String)>>,
}

/// Reads a redirect, the form of a page, or its link.
pub(super) fn read(reply: &Reply) -> Option<ProviderReturn> {
    if let Some(location) = reply.header("location") {
        return Some(ProviderReturn { url: location.to_owned(), form: None });
    }
    let page = String::from_utf8_lossy(&reply.body);
    if let Some((_, form)) = page.split_once("<form method=\"post\" action=\"") {
        let (action, rest) = form.split_once('"')?;
        let inputs = rest.split("<input type=\"hidden\" name=\"").skip(1);
        let fields = inputs.filter_map(|input| {
            let (name, rest) = input.split_once("\" value=\"")?;
            let (value, _) = rest.split_once('"')?;
            Some((unescape_html(name), unescape_html(value)))
        });
        return Some(ProviderReturn { url: unescape_html(action), form: Some(fields.collect()) });
    }
    let (link, _) = page.split_once("<a href=\"")?.1.split_once('"')?;
    Some(ProviderReturn { url: unescape_html(link), form: None })
}
