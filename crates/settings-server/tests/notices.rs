//! Notices to whatever address Logto has (B29): delivered, or given up visibly in the audit log.

use serde_json::json;

use crate::support::app::{App, Call};
use crate::support::records::Records;
use crate::support::{Stage, change};

/// Changes the user name of a user whose address an administrator wrote, and returns the recipients of the mail and
/// what the audit log says about notices.
async fn notices_to(stored: &str) -> (Vec<Vec<String>>, Vec<String>) {
    let records = Records::new();
    let stage = Stage::with_mail(&records).await;
    stage.sandbox.patch_user("alice", &json!({ "primaryEmail": stored }));
    let app = App::sign_in(&stage, "alice").await;
    let call = Call::patch("/username", change("username", "alice", "alice_2"));
    let changed = app.call(&call.with_grant(&app.grant(&call).await)).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    records.delivered().await;
    let notices =
        records.texts("SELECT result || ' ' || new_values FROM journal WHERE action = 'notice'").await;
    (stage.sandbox.mails().into_iter().map(|mail| mail.to).collect(), notices)
}

#[tokio::test]
async fn b29_every_address_accepted_by_logto_is_reached() {
    for (stored, written) in [
        ("bob@exämple.de", "bob@xn--exmple-cua.de"),
        ("Bob@EXAMPLE.test", "Bob@example.test"),
        ("bob..k@example.test", "\"bob..k\"@example.test"),
        ("jürgen@exämple.de", "jürgen@xn--exmple-cua.de"),
    ] {
        assert_eq!(notices_to(stored).await, (vec![vec![written.to_owned()]], Vec::new()), "{stored}");
    }
}

#[tokio::test]
async fn b29_address_without_smtp_syntax_is_given_up_visibly() {
    let notice = r#"given_up_address {"notice":"username_changed","to":"B…b@example.test>"}"#;
    assert_eq!(notices_to("Bob<bob@example.test>").await, (Vec::new(), vec![notice.to_owned()]));
}
