//! B5: one list of endpoints, and no value that reaches another one.

use logto_client::{ENDPOINTS, Error, UserId};
use proptest::prelude::*;

use crate::support::sandbox;

#[test]
fn b5_the_list_of_endpoints() {
    let list: Vec<String> =
        ENDPOINTS.iter().map(|endpoint| format!("{} {}", endpoint.method, endpoint.template)).collect();
    insta::assert_json_snapshot!(list);
    for (index, endpoint) in ENDPOINTS.iter().enumerate() {
        assert!(!ENDPOINTS[..index].contains(endpoint), "{endpoint:?} is there twice");
        // Without a token, only public documents are reachable.
        assert_eq!(endpoint.authorised, !endpoint.template.starts_with("/.well-known/"), "{endpoint:?}");
        // No operation that deletes an account is reachable at all.
        if endpoint.method == "DELETE" {
            let ended = [
                "/users/{userId}/sessions/{sessionId}",
                "/users/{userId}/grants/{grantId}",
                "/users/{userId}/personal-access-tokens/{name}",
                "/users/{userId}/identities/{target}",
            ];
            assert!(ended.contains(&endpoint.template), "{endpoint:?}");
        }
        if endpoint.method == "PUT" {
            assert_eq!(endpoint.template, "/users/{userId}/identities/{target}");
        }
        assert!(["GET", "PATCH", "POST", "PUT", "DELETE"].contains(&endpoint.method), "{endpoint:?}");
    }
}

#[test]
fn b5_values_become_exactly_one_encoded_segment() {
    let endpoint =
        ENDPOINTS.iter().find(|candidate| candidate.template == "/users/{userId}/profile").unwrap();
    for (value, segment) in [
        ("rs45ipnun0za", "rs45ipnun0za"),
        ("../../x", "..%2F..%2Fx"),
        ("..\\x", "..%5Cx"),
        ("a/b", "a%2Fb"),
        ("a?b=c", "a%3Fb%3Dc"),
        ("a#b", "a%23b"),
        ("%2e%2e", "%252e%252e"),
        ("%2F", "%252F"),
        ("a b", "a%20b"),
        ("ä", "%C3%A4"),
        ("a\r\nx: y", "a%0D%0Ax%3A%20y"),
        ("...", "..."),
    ] {
        assert_eq!(endpoint.path(&[value]).unwrap(), format!("/users/{segment}/profile"), "{value}");
    }
    for value in ["", ".", ".."] {
        assert_eq!(endpoint.path(&[value]), Err(Error::InvalidArgument), "{value:?}");
    }
    assert_eq!(endpoint.path(&[]), Err(Error::InvalidArgument));
    assert_eq!(endpoint.path(&["a", "b"]), Err(Error::InvalidArgument));
}

#[tokio::test]
async fn b5_the_target_of_a_request_is_the_encoded_one() {
    let (sandbox, client) = sandbox().await;
    let error = client.user(&UserId::parse("../../x").unwrap()).await.unwrap_err();
    assert_eq!((error.status(), error.code()), (Some(404), Some("entity.not_found")));
    let error = client.application("../users").await.unwrap_err();
    assert_eq!(error.status(), Some(404));
    let paths: Vec<String> = sandbox.request_log().into_iter().map(|request| request.path).collect();
    assert_eq!(paths, ["/oidc/token", "/api/users/..%2F..%2Fx", "/api/applications/..%2Fusers"]);
    for refused in ["", ".", "..", "a b", "a\nb", &"x".repeat(129)] {
        assert!(UserId::parse(refused).is_none(), "{refused:?}");
    }
}

proptest! {
    #[test]
    fn fuzz_paths_never_leave_their_endpoint(value in "\\PC{1,40}") {
        let endpoint = ENDPOINTS.iter().find(|candidate| candidate.template == "/users/{userId}").unwrap();
        if let Ok(path) = endpoint.path(&[&value]) {
            let url = url::Url::parse(&format!("https://tenant.example/api{path}")).unwrap();
            let segments: Vec<&str> = url.path_segments().unwrap().collect();
            prop_assert_eq!(segments.len(), 3);
            prop_assert_eq!(&segments[..2], &["api", "users"]);
            prop_assert!(url.query().is_none() && url.fragment().is_none());
        }
    }
}
