//! What the organisation adds to an account: its own fields, organisations and roles.

use e2e::logto::Logto;
use e2e::session::Session;
use e2e::sign_in_page::SignInPage;
use e2e::window::Window;
use e2e::{Outcome, ensure, skip};
use fantoccini::key::Key;
use reqwest::Method;
use serde_json::{Value, json};

use crate::gallery::Gallery;
use crate::steps;

/// The user name and the password of a user with an enterprise identity.
const MEMBER: (&str, &str) = ("works_at_corp", "Works-At-Corp-12");
/// Whom users of this organisation ask.
const SUPPORT: &str = "it@corp.example.test";

/// Each kind of field is filled in, invalid values are refused with a text, and everything else in custom data stays.
pub(crate) async fn b23_the_organisations_own_fields(session: &Session) -> Outcome {
    let logto = Logto::connect(session.config.target()?).await?;
    let others = json!({ "of": ["somebody", "else"] });
    logto.change_user(json!({ "customData": { "others": others, "cost_centre": "C-17" } })).await?;
    let window = Window::open_with_server(session).await?;
    steps::sign_in(session, &window).await?;
    steps::go_to(&window, "profile").await?;
    has_the_fields(&window).await?;

    // Logto's own definition.
    steps::edit_text(&window, "custom-department", "Works").await?;
    holds(&logto, "department", json!("Works")).await?;

    steps::open_field(&window, "custom-office").await?;
    steps::choose(&window, "input-custom-office", "grz").await?;
    steps::save_field(&window, "custom-office").await?;
    window.wait_for_text("value-custom-office", "Graz").await?;
    holds(&logto, "office", json!("grz")).await?;

    steps::open_field(&window, "custom-started").await?;
    window.fill("input-custom-started-day", "29").await?;
    window.tab_to("input-custom-started-month").await?;
    steps::choose(&window, "input-custom-started-month", "2").await?;
    window.fill("input-custom-started-year", "2024").await?;
    steps::save_field(&window, "custom-started").await?;
    holds(&logto, "started", json!("2024-02-29")).await?;

    steps::open_field(&window, "custom-newsletter").await?;
    window.tab_to("input-custom-newsletter").await?;
    window.type_text(" ").await?;
    steps::save_field(&window, "custom-newsletter").await?;
    holds(&logto, "newsletter", json!(true)).await?;

    // A limit that the page knows, and a pattern that the server alone does.
    steps::open_field(&window, "custom-desk").await?;
    window.fill("input-custom-desk", "401").await?;
    window.activate("save-custom-desk").await?;
    window.wait_for("invalid").await?;
    holds(&logto, "desk", Value::Null).await?;
    window.fill("input-custom-desk", "17").await?;
    steps::save_field(&window, "custom-desk").await?;
    holds(&logto, "desk", json!(17)).await?;

    steps::open_field(&window, "custom-badge").await?;
    window.fill("input-custom-badge", "abc-12").await?;
    window.activate("save-custom-badge").await?;
    window.wait_for("invalid").await?;
    holds(&logto, "badge", Value::Null).await?;
    window.fill("input-custom-badge", "ABC-12").await?;
    steps::save_field(&window, "custom-badge").await?;
    holds(&logto, "badge", json!("ABC-12")).await?;

    // Shown, and not to be changed.
    window.wait_for_text("value-custom-cost_centre", "C-17").await?;
    ensure(!window.has("edit-custom-cost_centre").await?, "a field that is only shown can be edited")?;

    // Changed elsewhere meanwhile: shown first.
    steps::open_field(&window, "custom-department").await?;
    window.fill("input-custom-department", "Mine").await?;
    let mut data = custom_data(&logto).await?;
    data["department"] = json!("Theirs");
    logto.change_user(json!({ "customData": data })).await?;
    window.activate("save-custom-department").await?;
    window.wait_for_text("conflict", "Theirs").await?;
    holds(&logto, "department", json!("Theirs")).await?;
    window.activate("take-theirs").await?;
    window.wait_until_gone("dialog").await?;

    // Cleared is cleared.
    steps::edit_text(&window, "custom-department", "").await?;
    holds(&logto, "department", Value::Null).await?;
    holds(&logto, "others", others).await
}

/// What administrators decide is shown, and cannot be changed.
pub(crate) async fn organisations_and_roles(session: &Session) -> Outcome {
    let target = session.config.target()?;
    let logto = Logto::connect(target).await?;
    belong_somewhere(&logto, &target.username).await?;
    let user = logto.user().await?;
    let id = user["id"].as_str().unwrap_or_default();
    let window = Window::open_with_server(session).await?;
    steps::sign_in(session, &window).await?;
    steps::go_to(&window, "profile").await?;
    window.wait_for("card-memberships").await?;
    for (list, row) in [("organizations", "organization"), ("roles", "role")] {
        let list = logto.ask(Method::GET, &format!("/users/{id}/{list}"), None).await?;
        for one in list.as_array().into_iter().flatten() {
            let (id, name) =
                (one["id"].as_str().unwrap_or_default(), one["name"].as_str().unwrap_or_default());
            window.wait_for_text(&format!("{row}-{id}"), name).await?;
        }
    }
    let verbs = "return document.querySelectorAll('[data-testid=card-memberships] button').length";
    ensure(window.script(verbs).await? == json!(0), "something of it can be pressed")?;
    window.press(Key::Escape).await
}

pub(crate) async fn axe_and_screenshots_of_a_work_account_light(session: &Session) -> Outcome {
    work_account(session, Gallery::light(session)).await
}

pub(crate) async fn axe_and_screenshots_of_a_work_account_dark(session: &Session) -> Outcome {
    work_account(session, Gallery::dark(session)).await
}

/// A work account says who manages it and whom to ask; nothing of it can be changed.
async fn work_account(session: &Session, mut gallery: Gallery<'_>) -> Outcome {
    let logto = Logto::connect(session.config.target()?).await?;
    let id = add_work_account(session, &logto).await?;
    let window = see_work_account(session).await?;
    let path = format!("/users/{id}?includeSsoIdentities=true");
    let identity = logto.ask(Method::GET, &path, None).await?["ssoIdentities"][0].clone();
    for text in [&identity["issuer"], &identity["detail"]["email"], &identity["detail"]["name"]] {
        window.wait_for_text("card-enterprise", text.as_str().unwrap_or_default()).await?;
    }
    window.wait_for_text("enterprise-contact", SUPPORT).await?;
    let verbs = "return document.querySelectorAll('[data-testid=card-enterprise] button').length";
    ensure(window.script(verbs).await? == json!(0), "something of it can be pressed")?;
    gallery.look_over(&window, "security", "work-account").await?;
    gallery.finish()
}

/// Adds a user with an identity at the tenant's first enterprise connector, and enables single sign-on. Returns the id.
///
/// # Errors
/// [`e2e::Failure::Skipped`] where Logto is not the sandbox: only a sign-in at the provider makes such an identity.
async fn add_work_account(session: &Session, logto: &Logto) -> Outcome<String> {
    if logto.target().control.is_none() {
        return skip("only the sandbox can be told of an enterprise identity");
    }
    let fields = json!({ "username": MEMBER.0, "password": MEMBER.1, "name": "Alice Example" });
    let user = logto.ask(Method::POST, "/users", Some(fields)).await?;
    session.remove_user_afterwards(&user);
    let id = user["id"].as_str().unwrap_or_default().to_owned();
    let connector = logto.ask(Method::GET, "/sso-connectors", None).await?[0].clone();
    let identity = json!({
        "issuer": connector["config"]["issuer"], "identityId": "corp-alice-1", "ssoConnectorId": connector["id"],
        "detail": { "name": "Alice at Work", "email": "alice@corp.example.test" }, "createdAt": user["createdAt"]
    });
    let identities = json!({ "ssoIdentities": [identity] });
    logto.control(Method::PUT, &format!("/users/{id}/sso-identities"), Some(identities)).await?;
    let rules = json!({ "singleSignOnEnabled": true, "supportEmail": SUPPORT });
    logto.ask(Method::PATCH, "/sign-in-exp", Some(rules)).await?;
    Ok(id)
}

/// Signs in as the user of [`add_work_account`] and opens Security, once the settings server knows of single sign-on.
async fn see_work_account(session: &Session) -> Outcome<Window> {
    let target = session.config.target()?;
    let window = Window::open_with_server(session).await?;
    let browser = steps::start_sign_in(session, &window).await?;
    SignInPage::appears(&browser, target).await?.sign_in(MEMBER.0, MEMBER.1).await?;
    window.wait_for_view("overview").await?;
    steps::go_to(&window, "security").await?;
    window.wait_for("card-enterprise").await?;
    let is_known = || async { Ok(window.text("card-enterprise").await?.contains("sign in with it only")) };
    steps::refresh_until(&window, is_known).await?;
    Ok(window)
}

/// Sets the values of the user's fields, and makes them a member of two organisations where Logto is the sandbox.
pub(crate) async fn fill_in(logto: &Logto, username: &str) -> Outcome {
    let id = logto.user().await?["id"].as_str().unwrap_or_default().to_owned();
    let values = json!({ "customData": {
        "department": "Works", "office": "vie", "started": "2019-09-02", "desk": 17, "newsletter": true, "cost_centre": "C-17"
    } });
    logto.ask(Method::PATCH, &format!("/users/{id}/custom-data"), Some(values)).await?;
    belong_somewhere(logto, username).await
}

/// Checks that the fields exist. They are Logto's and those of the settings server's configuration in `cargo xtask
/// e2e`.
///
/// # Errors
/// [`e2e::Failure::Skipped`] where they are not all there.
pub(crate) async fn has_the_fields(window: &Window) -> Outcome {
    window.wait_for("edit-name").await?;
    for field in ["department", "office", "started", "desk", "newsletter", "badge", "cost_centre"] {
        if !window.has(&format!("value-custom-{field}")).await? {
            return skip(format!("the settings server and this Logto define no field `{field}`"));
        }
    }
    Ok(())
}

async fn belong_somewhere(logto: &Logto, username: &str) -> Outcome {
    let organizations = json!({ "organizations": [
        {
            "name": "Example Organisation", "description": "Everybody who works here",
            "organizationRoles": [{ "id": "example-member", "name": "Member" }, { "id": "example-billing", "name": "Billing" }]
        },
        { "name": "Garden and Roof Terrace", "organizationRoles": [] }
    ] });
    logto
        .control(Method::PUT, &format!("/users/{username}/organizations"), Some(organizations))
        .await
        .map(drop)
}

async fn custom_data(logto: &Logto) -> Outcome<Value> {
    Ok(logto.user().await?["customData"].clone())
}

async fn holds(logto: &Logto, key: &str, wanted: Value) -> Outcome {
    let data = custom_data(logto).await?;
    ensure(data[key] == wanted, format!("`{key}` in Logto is {}, not {wanted}", data[key]))
}
