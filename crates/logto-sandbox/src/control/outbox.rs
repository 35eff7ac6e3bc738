//! The outbox: every mail and text message that a real Logto would have sent, for people to read.

use serde_json::{Value, json};

use crate::clock::http_date;
use crate::http::{Reply, Request, escape_html};
use crate::router::Params;
use crate::state::State;

/// `GET /__sandbox/outbox.json`: the same for programs, the oldest first.
pub(crate) fn json(state: &mut State, _request: &Request, _params: &Params) -> Reply {
    let messages: Vec<Value> = state
        .outbox
        .iter()
        .map(|one| json!({"at": one.at_ms, "to": one.to, "kind": one.kind, "code": one.code}))
        .collect();
    Reply::json(200, &Value::Array(messages)).with("cache-control", "no-store")
}

/// `GET /__sandbox/outbox`.
pub(crate) fn page(state: &mut State, _request: &Request, _params: &Params) -> Reply {
    let rows: String = state
        .outbox
        .iter()
        .rev()
        .map(|message| {
            format!(
                "<tr><td>{}</td><td>{}</td><td>{}</td><td><code>{}</code></td></tr>",
                http_date(message.at_ms / 1000),
                escape_html(&message.to),
                escape_html(&message.kind),
                escape_html(&message.code)
            )
        })
        .collect();
    let content = if rows.is_empty() {
        "<p>Nothing has been sent yet. Verification codes will appear here.</p>".to_owned()
    } else {
        format!(
            "<table><thead><tr><th>Time</th><th>To</th><th>Kind</th><th>Code</th></tr></thead><tbody>{rows}</tbody></table>"
        )
    };
    let page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"UTF-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>Outbox · Logto sandbox</title>\
         <link rel=\"icon\" href=\"data:,\"><style>:root{{color-scheme:light dark}}body{{font:16px/1.5 system-ui,\
         \"DejaVu Sans\",sans-serif;max-width:760px;margin:48px auto;padding:0 24px}}table{{width:100%;\
         border-collapse:collapse}}th,td{{text-align:left;padding:8px;border-bottom:1px solid #8888}}</style></head>\
         <body><main><h1>Outbox</h1>{content}</main></body></html>"
    );
    Reply::html(200, page).with("cache-control", "no-store")
}
