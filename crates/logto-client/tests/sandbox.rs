//! Every operation once against the sandbox, and the transport's limits.

use logto_client::types::{
    Address, ApplicationType, MfaFactor, Page, PasswordCheck, Profile, ProfileFieldConfig, ProfileFieldType,
    Recipient, RevokeGrants, SignInExperience, UserChanges,
};
use logto_client::{Error, TransportKind, UserId};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::support::{Canned, client_of, good_token, sandbox, serve};

#[tokio::test]
async fn every_operation_works_with_the_sandbox() {
    let (sandbox, client) = sandbox().await;
    let id = UserId::parse(&sandbox.user_id("alice")).unwrap();
    let user = client.user(&id).await.unwrap();
    assert_eq!(user.id, id);
    assert_eq!(user.profile.zoneinfo.as_deref(), Some("Europe/Berlin"));

    let changes =
        UserChanges { name: Some(Some("New".to_owned())), avatar: Some(None), ..UserChanges::default() };
    assert_eq!(client.update_user(&id, &changes).await.unwrap().name.as_deref(), Some("New"));
    let address = Address { locality: Some("Wien".to_owned()), ..Address::default() };
    let merge = Profile { nickname: Some("Ali".to_owned()), address: Some(address), ..Profile::default() };
    let merged = client.update_profile(&id, &merge).await.unwrap();
    assert_eq!(merged.nickname.as_deref(), Some("Ali"));
    assert_eq!(merged.given_name, user.profile.given_name, "merged, not replaced");
    assert_eq!(merged.address.unwrap().country, None, "but the address is replaced whole");
    let whole = UserChanges { profile: Some(Profile::default()), ..UserChanges::default() };
    assert_eq!(client.update_user(&id, &whole).await.unwrap().profile, Profile::default(), "replaced");

    let data = json!({ "latchkey": { "theme": "dark" } }).as_object().unwrap().clone();
    assert_eq!(client.update_custom_data(&id, &data).await.unwrap(), data);
    assert_eq!(client.custom_data(&id).await.unwrap(), data);

    let roles = client.user_roles(&id).await.unwrap();
    assert_eq!(roles[0].name, "settings-user");
    assert!(roles[0].description.is_some());
    assert!(client.user_organizations(&id).await.unwrap().is_empty());
    let roles = json!([{ "id": "r1", "name": "editor" }]);
    sandbox.set_user_organizations("alice", &[json!({ "name": "Example Org", "organizationRoles": roles })]);
    let organizations = client.user_organizations(&id).await.unwrap();
    assert_eq!((organizations.len(), organizations[0].name.as_str()), (1, "Example Org"));
    assert_eq!(organizations[0].organization_roles[0].name, "editor");
    let first = client.users(Page { number: 1, size: 3 }).await.unwrap();
    let second = client.users(Page { number: 2, size: 3 }).await.unwrap();
    assert_eq!((first.len(), second.len()), (3, 2));
    assert!(client.account_center().await.unwrap().enabled);
    let private = client.sign_in_experience().await.unwrap();
    let public = client.public_sign_in_experience().await.unwrap();
    assert_eq!(public.social_connectors.len(), public.social_sign_in_connector_targets.len());
    assert_eq!(SignInExperience { social_connectors: Vec::new(), ..public }, private);
    assert!(private.color.primary_color.is_some());
    let native = client.application(&sandbox.native_client_id()).await.unwrap();
    assert_eq!(native.application_type, ApplicationType::Native);
    assert!(native.oidc_client_metadata.redirect_uris.contains(&"http://127.0.0.1/callback".to_owned()));
    let resources = client.resources(Page { number: 1, size: 20 }).await.unwrap();
    assert_eq!(resources.last().unwrap().scopes.len(), 4);
    let roles = client.roles(Page { number: 1, size: 20 }).await.unwrap();
    assert_eq!(client.role_scopes(&roles[0].id).await.unwrap().len(), 4);
    let connectors = client.connectors().await.unwrap();
    let sso = client.sso_connectors().await.unwrap();
    assert_eq!(sso[0].domains, ["corp.example.test"]);
    assert!(!format!("{connectors:?}{sso:?}").contains("secret"), "secrets are dropped unread");
}

#[tokio::test]
async fn sessions_credentials_and_factors_work_with_the_sandbox() {
    let (sandbox, client) = sandbox().await;
    let id = UserId::parse(&sandbox.user_id("alice")).unwrap();
    let password = |text: &str| SecretString::from(text.to_owned());

    let (user, time) = client.user_and_time(&id).await.unwrap();
    assert_eq!((user.has_password, time), (true, sandbox.clock().now_unix_ms() / 1000));
    assert!(
        client.sessions(&id).await.unwrap().is_empty() && client.grants(&id, None).await.unwrap().is_empty()
    );
    let missing = client.end_session(&id, "nowhere", Some(RevokeGrants::All)).await.unwrap_err();
    assert_eq!(missing.code(), Some("oidc.session_not_found"));
    assert_eq!(client.end_grant(&id, "nowhere").await.unwrap_err().code(), Some("oidc.invalid_grant"));

    let address = Recipient::Email("new@example.test".to_owned());
    client.send_verification_code(&address).await.unwrap();
    let wrong = client.verify_verification_code(&address, &password("wrong")).await.unwrap_err();
    assert_eq!(wrong.code(), Some("verification_code.code_mismatch"));
    let (_, code) = sandbox.outbox().pop().unwrap();
    client.verify_verification_code(&address, &password(&code)).await.unwrap();

    client.verify_password(&id, &password("Correct-Horse-7")).await.unwrap();
    let weak = client.check_password(&id, &password("aaa")).await.unwrap();
    assert!(matches!(weak, PasswordCheck::Rejected(issues) if issues.len() == 3));
    let good = client.check_password(&id, &password("Better-Horse-8")).await.unwrap();
    assert_eq!(good, PasswordCheck::Accepted);
    let before = client.password_fingerprint(&id).await.unwrap();
    assert_eq!(
        before,
        client.password_fingerprint(&id).await.unwrap(),
        "it stays as long as the password does"
    );
    client.update_password(&id, &password("Better-Horse-8")).await.unwrap();
    let after = client.password_fingerprint(&id).await.unwrap();
    assert!(before.is_some() && after.is_some() && before != after);
    let none = UserId::parse(&sandbox.add_user(&json!({ "name": "No Password" }))).unwrap();
    assert_eq!(client.password_fingerprint(&none).await.unwrap(), None);
    assert!(client.has_password(&id).await.unwrap());

    assert!(client.mfa_verifications(&id).await.unwrap().is_empty());
    assert_eq!(client.logto_configs(&id).await.unwrap().mfa.enabled, None);
    let mfa = UserId::parse(&sandbox.user_id("mfa")).unwrap();
    assert_eq!(client.mfa_verifications(&mfa).await.unwrap()[0].factor, MfaFactor::Totp);
}

#[tokio::test]
async fn the_public_documents_are_read_without_a_token() {
    let (sandbox, client) = sandbox().await;
    client.public_sign_in_experience().await.unwrap();
    let log = sandbox.request_log();
    assert_eq!(log.len(), 1);
    assert_eq!(log[0].authorization, logto_sandbox::AuthorizationKind::None);
}

#[tokio::test]
async fn answers_that_are_too_large_or_broken_are_errors() {
    let user = UserId::parse("someone").unwrap();
    let too_large = json!({ "id": "x".repeat(2 * 1024 * 1024) });
    let base = serve(good_token(), Canned::json(200, &too_large)).await;
    let error = client_of(&base).user(&user).await.unwrap_err();
    assert!(matches!(error, Error::Unusable { reason: "the body is larger than 1 MiB", .. }), "{error:?}");
    let base = serve(good_token(), Canned::json(200, &json!("canary"))).await;
    let error = client_of(&base).user(&user).await.unwrap_err();
    assert!(matches!(error, Error::Unusable { .. }) && !format!("{error:?}").contains("canary"), "{error:?}");
    // A redirect is an answer like any other: the token is sent nowhere else.
    let mut redirect = Canned::json(302, &json!({}));
    redirect.headers.push(("location".to_owned(), "http://127.0.0.1:9/elsewhere".to_owned()));
    let base = serve(good_token(), redirect).await;
    assert_eq!(client_of(&base).user(&user).await.unwrap_err().status(), Some(302));
    let error = client_of("http://127.0.0.1:9").user(&user).await.unwrap_err();
    assert!(
        matches!(&error, Error::Transport(failure) if failure.kind == TransportKind::Connect),
        "{error:?}"
    );
    assert!(error.to_string().contains("refused"), "{error}");
}

#[tokio::test]
async fn refusals_carry_the_code_the_id_and_the_wait_and_no_text() {
    let mut answer =
        Canned::json(429, &json!({ "code": "request.message_rate_limited", "message": "canary" }));
    answer.headers.push(("retry-after".to_owned(), "17".to_owned()));
    answer.headers.push(("logto-core-request-id".to_owned(), "abc-123".to_owned()));
    let base = serve(good_token(), answer).await;
    let error = client_of(&base).account_center().await.unwrap_err();
    let Error::Refused(refused) = &error else { panic!("{error:?}") };
    assert_eq!(refused.code.as_deref(), Some("request.message_rate_limited"));
    assert_eq!(refused.logto_request_id.as_deref(), Some("abc-123"));
    assert_eq!(refused.retry_after.unwrap().as_secs(), 17);
    assert!(!format!("{error} {error:?}").contains("canary"));
    for body in [json!({ "code": "a message with spaces" }), json!({ "code": 5 }), json!([1]), json!(null)] {
        let base = serve(good_token(), Canned::json(500, &body)).await;
        let error = client_of(&base).account_center().await.unwrap_err();
        assert_eq!((error.status(), error.code()), (Some(500), None), "{body}");
    }
}

#[tokio::test]
async fn tenant_profile_fields_are_read_despite_an_unknown_one() {
    let (sandbox, client) = sandbox().await;
    let seeded = client.custom_profile_fields().await.unwrap();
    assert_eq!((seeded[0].name.as_str(), seeded[0].field_type), ("department", ProfileFieldType::Text));
    assert_eq!((seeded[0].config.min_length, seeded[0].config.max_length), (Some(1.0), Some(64.0)));
    let define = |name: &str, kind: &str, config: Value| {
        json!({
            "tenantId": "default", "id": name, "name": name, "type": kind, "label": "", "description": null,
            "required": true, "config": config, "createdAt": 1, "sieOrder": 1
        })
    };
    let option = json!({ "value": "m" });
    let part =
        json!({ "enabled": true, "name": "locality", "type": "Text", "required": false, "label": "City" });
    sandbox.set_custom_profile_fields(vec![
        define("shoe", "Number", json!({ "minValue": 30.5, "maxValue": 52 })),
        define("start", "Date", json!({ "format": "custom", "customFormat": "yyyy-MM" })),
        define("lunch", "Checkbox", json!({ "defaultValue": "true" })),
        define("size", "Select", json!({ "options": [option] })),
        define("blog", "Url", json!(null)),
        define("badge", "Regex", json!({ "format": "^[A-Z]{2}$" })),
        define("home", "Address", json!({ "parts": [part] })),
        define("whole", "Fullname", json!({ "parts": [] })),
        define("new", "Hologram", json!({ "options": 5 })),
        define("odd", "Select", json!({ "options": "none" })),
    ]);
    let fields = client.custom_profile_fields().await.unwrap();
    let types: Vec<_> = fields.iter().map(|field| field.field_type).collect();
    use ProfileFieldType::{Address, Checkbox, Date, Fullname, Number, Regex, Select, Unknown, Url};
    assert_eq!(types, [Number, Date, Checkbox, Select, Url, Regex, Address, Fullname, Unknown, Unknown]);
    let limits = (fields[0].config.min_value, fields[0].config.max_value);
    assert_eq!((limits, fields[0].required), ((Some(30.5), Some(52.0)), true));
    assert_eq!(fields[1].config.custom_format.as_deref(), Some("yyyy-MM"));
    assert_eq!(fields[2].config.default_value.as_deref(), Some("true"));
    assert_eq!(
        (fields[3].config.options[0].value.as_str(), &fields[3].config.options[0].label),
        ("m", &None)
    );
    assert_eq!(fields[4].config, ProfileFieldConfig::default());
    assert_eq!(fields[5].config.format.as_deref(), Some("^[A-Z]{2}$"));
    assert_eq!(fields[6].config.parts[0].label.as_deref(), Some("City"));
    assert_eq!(
        fields[9].config,
        ProfileFieldConfig::default(),
        "what cannot be read is no limit of anything"
    );
}
