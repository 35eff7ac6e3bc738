//! Paged lists: `total-number` and `Link`, whose URLs lack the `/api` prefix as Logto's do.

use serde_json::Value;
use url::form_urlencoded::Serializer;

use crate::http::{Reply, Request};
use crate::state::State;

/// Logto's page size when none is asked for.
const DEFAULT_PAGE_SIZE: usize = 20;

/// Answers the wanted page of a list.
pub(crate) fn page(state: &State, request: &Request, items: Vec<Value>) -> Reply {
    let number = |name: &str| request.query(name).and_then(|text| text.parse::<usize>().ok());
    let page = number("page").unwrap_or(1).max(1);
    let size = number("page_size").unwrap_or(DEFAULT_PAGE_SIZE).clamp(1, 100);
    let total = items.len();
    let last = total.div_ceil(size).max(1);
    let path = request.path.strip_prefix("/api").unwrap_or(&request.path);
    let link = |target: usize, rel: &str| {
        let mut fields: Vec<(String, String)> =
            request.query.iter().filter(|(name, _)| name != "page").cloned().collect();
        fields.push(("page".into(), target.to_string()));
        let query = Serializer::new(String::new()).extend_pairs(&fields).finish();
        format!("<{}{path}?{query}>; rel=\"{rel}\"", state.base_url)
    };
    let mut links = vec![link(1, "first"), link(last, "last")];
    if page > 1 {
        links.push(link(page - 1, "prev"));
    }
    if page < last {
        links.push(link(page + 1, "next"));
    }
    let shown: Vec<Value> = items.into_iter().skip((page - 1) * size).take(size).collect();
    Reply::json(200, &Value::Array(shown))
        .with("total-number", &total.to_string())
        .with("link", &links.join(", "))
}
