//! How Logto normalises the values of a user.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::*;

#[tokio::test]
async fn phone_numbers_are_stored_as_logto_parses_them() {
    let sandbox = sandbox().await;
    let bearer = management_token(&sandbox).await;
    let patch = async |user: &str, number: &str| {
        let url = format!("{}/api/users/{}", sandbox.base_url(), sandbox.user_id(user));
        let request = client().request(Method::PATCH, url).bearer_auth(&bearer);
        let answer = request.json(&json!({ "primaryPhone": number })).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    for (sent, stored) in [
        // As recorded: provision-users-page.
        ("490151234914988", "49151234914988"),
        ("54111523456789", "5491123456789"),
        ("375802912345678", "3752912345678"),
        ("78001234567", "78001234567"),
        ("15551860181", "15551860181"),
        // Five digits and eighteen are stored as they were sent: measured.
        ("12345", "12345"),
        ("123456789012345678", "123456789012345678"),
    ] {
        let (status, body) = patch("alice", sent).await;
        assert_eq!((status, &body["primaryPhone"]), (200, &json!(stored)), "{sent}");
    }
    assert_eq!(patch("alice", "49151234914988").await.0, 200);
    let (status, body) = patch("bob", "490151234914988").await;
    assert_eq!((status, &body["code"]), (422, &json!("user.phone_already_in_use")));
}
