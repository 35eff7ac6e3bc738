//! The outbox: every mail and text message that a real Logto would have sent, and every mail that the mail
//! server took, for users to read.

use serde_json::{Value, json};

use crate::clock::http_date;
use crate::http::{Reply, Request, escape_html};
use crate::router::Params;
use crate::state::State;

/// `GET /__sandbox/outbox.json`: the same for programs, the oldest first. A mail has `subject` and `text` and no
/// `code`.
pub(crate) fn json(state: &mut State, _request: &Request, _params: &Params) -> Reply {
    let messages = state.outbox.iter().map(|message| {
        (
            message.at_ms,
            json!({"at": message.at_ms, "to": message.to, "kind": message.kind, "code": message.code}),
        )
    });
    let mails = state.mails.iter().map(|mail| {
        let to = mail.to.join(", ");
        let entry =
            json!({"at": mail.at_ms, "to": to, "kind": "mail", "subject": mail.subject, "text": mail.text});
        (mail.at_ms, entry)
    });
    let mut entries: Vec<(u64, Value)> = messages.chain(mails).collect();
    entries.sort_by_key(|(at_ms, _)| *at_ms);
    let entries = entries.into_iter().map(|(_, entry)| entry).collect();
    Reply::json(200, &Value::Array(entries)).with("cache-control", "no-store")
}

/// `GET /__sandbox/outbox`.
pub(crate) fn page(state: &mut State, _request: &Request, _params: &Params) -> Reply {
    let row = |at_ms: u64, to: &str, kind: &str, content: &str| {
        let row = format!(
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{content}</td></tr>",
            http_date(at_ms / 1000),
            escape_html(to),
            escape_html(kind)
        );
        (at_ms, row)
    };
    let messages = state.outbox.iter().map(|message| {
        let code = format!("<code>{}</code>", escape_html(&message.code));
        row(message.at_ms, &message.to, &message.kind, &code)
    });
    let mails = state.mails.iter().map(|mail| {
        let content = format!("<b>{}</b><pre>{}</pre>", escape_html(&mail.subject), escape_html(&mail.text));
        row(mail.at_ms, &mail.to.join(", "), "mail", &content)
    });
    let mut rows: Vec<(u64, String)> = messages.chain(mails).collect();
    rows.sort_by_key(|(at_ms, _)| *at_ms);
    let rows: String = rows.into_iter().rev().map(|(_, row)| row).collect();
    let content = if rows.is_empty() {
        "<p>Nothing has been sent yet. Verification codes and mails will appear here.</p>".to_owned()
    } else {
        format!(
            "<table><thead><tr><th>Time</th><th>To</th><th>Kind</th><th>Code or mail</th></tr></thead><tbody>{rows}</tbody></table>"
        )
    };
    let page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"UTF-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>Outbox · Logto sandbox</title>\
         <link rel=\"icon\" href=\"data:,\"><style>:root{{color-scheme:light dark}}body{{font:16px/1.5 system-ui,\
         \"DejaVu Sans\",sans-serif;max-width:760px;margin:48px auto;padding:0 24px}}table{{width:100%;\
         border-collapse:collapse}}th,td{{text-align:left;padding:8px;border-bottom:1px solid #8888}}pre{{white-space:pre-wrap;font:inherit}}</style></head>\
         <body><main><h1>Outbox</h1>{content}</main></body></html>"
    );
    Reply::html(200, page).with("cache-control", "no-store")
}
