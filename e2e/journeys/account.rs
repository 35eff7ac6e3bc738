//! Viewing and editing the account, under each of the organisation's rules.

use std::fs;

use e2e::logto::Logto;
use e2e::session::{SCHEME, Session};
use e2e::wait::{self, PATIENCE, SETTINGS_BOUND};
use e2e::window::Window;
use e2e::{Outcome, ensure};
use fantoccini::key::Key;
use serde_json::{Value, json};

use crate::steps;

/// Edits every kind of input and its limits, and compares with Logto afterwards.
pub(crate) async fn profile_fields(session: &Session) -> Outcome {
    let logto = Logto::connect(session.config.target()?).await?;
    let window = Window::open_with_server(session).await?;
    steps::sign_in(session, &window).await?;
    steps::go_to(&window, "profile").await?;

    for (field, text) in [
        ("given_name", "Zoë"),
        ("nickname", "Ali"),
        ("website", "https://alice.example.test/notes"),
        ("zoneinfo", "Europe/Vienna"),
        ("locale", "de-AT"),
    ] {
        steps::edit_text(&window, field, text).await?;
        ensure(profile(&logto).await?[field] == text, format!("Logto does not have the new {field}"))?;
    }

    steps::open_field(&window, "birthdate").await?;
    window.fill("input-birthdate-day", "7").await?;
    window.tab_to("input-birthdate-month").await?;
    steps::choose(&window, "input-birthdate-month", "5").await?;
    window.fill("input-birthdate-year", "1984").await?;
    steps::save_field(&window, "birthdate").await?;
    ensure(profile(&logto).await?["birthdate"] == "1984-05-07", "Logto does not have the new birthdate")?;

    steps::open_field(&window, "address").await?;
    window.fill("input-address-locality", "Graz").await?;
    window.fill("input-address-postal_code", "8010").await?;
    steps::save_field(&window, "address").await?;
    let address = profile(&logto).await?["address"].clone();
    ensure(
        address["locality"] == "Graz" && address["postalCode"] == "8010",
        format!("the address is {address}"),
    )?;

    // An invalid value is refused before it is sent, with a text next to the input.
    steps::open_field(&window, "website").await?;
    window.fill("input-website", "not an address").await?;
    window.activate("save-website").await?;
    window.wait_for("invalid").await?;
    window.activate("discard").await?;
    window.wait_until_gone("dialog").await?;
    ensure(
        profile(&logto).await?["website"] == "https://alice.example.test/notes",
        "a web address that is none was stored",
    )?;

    // Cleared is cleared.
    steps::edit_text(&window, "nickname", "").await?;
    ensure(
        profile(&logto).await?["nickname"].as_str().unwrap_or_default().is_empty(),
        "the nickname is still there",
    )
}

/// Another client changes the same field meanwhile: nothing is overwritten before the user has seen it.
pub(crate) async fn a_change_elsewhere_is_shown_first(session: &Session) -> Outcome {
    let logto = Logto::connect(session.config.target()?).await?;
    let window = Window::open_with_server(session).await?;
    steps::sign_in(session, &window).await?;
    steps::go_to(&window, "profile").await?;
    steps::open_field(&window, "name").await?;
    window.fill("input-name", "Mine").await?;
    logto.change_user(json!({ "name": "Theirs" })).await?;
    window.activate("save-name").await?;
    window.wait_for_text("conflict", "Theirs").await?;
    ensure(logto.user().await?["name"] == "Theirs", "the other change was overwritten silently")?;
    window.activate("keep-mine").await?;
    window.wait_until_gone("dialog").await?;
    window.wait_for_text("account-name", "Mine").await?;
    ensure(logto.user().await?["name"] == "Mine", "the user's own decision was not stored")
}

/// Theme and language are kept with the account: another device has them at once.
pub(crate) async fn preferences_follow_the_account(session: &Session) -> Outcome {
    let logto = Logto::connect(session.config.target()?).await?;
    let window = Window::open_with_server(session).await?;
    steps::sign_in(session, &window).await?;
    steps::go_to(&window, "settings").await?;
    window.tab_to("theme-system").await?;
    window.press(Key::Right).await?;
    window.press(Key::Right).await?;
    wait_for_root(&window, "theme", "dark").await?;
    window.tab_to("language").await?;
    steps::choose(&window, "language", "de").await?;
    wait_for_root(&window, "lang", "de").await?;
    wait::until("Logto to have the preferences", PATIENCE, || async {
        let kept = logto.user().await?["customData"]["latchkey"].clone();
        Ok(kept["theme"] == "dark" && kept["language"] == "de")
    })
    .await?;
    steps::sign_out(&window).await?;
    window.close(session).await?;

    // Another device: nothing of this one is left except the browser.
    for folder in [".config", ".local/share", ".cache", ".local/state"] {
        let folder = session.home().join(folder);
        for entry in fs::read_dir(&folder)?.flatten() {
            if entry.file_name().to_string_lossy().contains("latchkey.desktop") {
                fs::remove_dir_all(entry.path())?;
            }
        }
    }
    let window = Window::open_with_server(session).await?;
    window.wait_for_view("signed_out").await?;
    window.activate("sign-in").await?;
    window.wait_for_view("overview").await?;
    wait_for_root(&window, "theme", "dark").await?;
    wait_for_root(&window, "lang", "de").await
}

/// Account center disabled: the server's own table decides, and everything may be edited.
pub(crate) async fn account_center_disabled(session: &Session) -> Outcome {
    let logto = Logto::connect(session.config.target()?).await?;
    logto.set_account_center(false, json!({})).await?;
    // Without the account center custom data is off unless the server's own table says otherwise.
    let window = signed_in_when(session, |account| account["preferences"]["access"] == "off").await?;
    steps::go_to(&window, "profile").await?;
    for shown in ["edit-name", "edit-nickname", "edit-address"] {
        window.wait_for(shown).await?;
    }
    Ok(())
}

/// Account center in part: read-only fields have no action, a page that is off is missing, and a link to it says so.
pub(crate) async fn account_center_partial(session: &Session) -> Outcome {
    let logto = Logto::connect(session.config.target()?).await?;
    logto
        .set_account_center(
            true,
            json!({ "name": "ReadOnly", "avatar": "Edit", "email": "Off", "profile": "Off" }),
        )
        .await?;
    let user = logto.user().await?;
    let window = signed_in_when(session, |account| {
        account["name"]["access"] == "read_only" && account["email"]["access"] == "off"
    })
    .await?;
    steps::go_to(&window, "profile").await?;
    window.wait_for("edit-avatar").await?;
    window.wait_for_text("value-name", user["name"].as_str().unwrap_or_default()).await?;
    for absent in ["edit-name", "edit-nickname", "value-nickname", "value-email", "value-phone"] {
        ensure(!window.has(absent).await?, format!("`{absent}` is there"))?;
    }
    let email = user["primaryEmail"].as_str().unwrap_or_default();
    ensure(!window.has("nav-devices").await?, "sessions are off and offered")?;
    session.open_link(&format!("{SCHEME}://open/devices")).await?;
    window.wait_for_view("not_offered").await?;
    window.wait_for("not-offered").await?;
    let page = window.script("return document.documentElement.outerHTML").await?;
    ensure(!email.is_empty() && !page.to_string().contains(email), "a field that is off is in the page")
}

/// Opens a window once the settings server uses the tenant's new settings: a running server reads them again within a
/// minute.
async fn signed_in_when(session: &Session, is_new: impl Fn(&Value) -> bool) -> Outcome<Window> {
    let window = Window::open_with_server(session).await?;
    steps::sign_in(session, &window).await?;
    let state = window.command("app_state", json!({})).await?;
    let asked = json!({ "accountId": state["account_id"] });
    wait::until("the server to go by the new settings", SETTINGS_BOUND, || async {
        Ok(is_new(&window.command("account_refresh", asked.clone()).await?))
    })
    .await?;
    window.close(session).await?;
    let window = Window::open_with_server(session).await?;
    window.wait_for_view("overview").await?;
    Ok(window)
}

async fn profile(logto: &Logto) -> Outcome<Value> {
    let profile = logto.user().await?["profile"].clone();
    // Logto spells the standard claims in camel case.
    let renamed = profile.as_object().into_iter().flatten().map(|(name, value)| {
        let snake: String = name
            .chars()
            .flat_map(|letter| {
                if letter.is_uppercase() { vec!['_', letter.to_ascii_lowercase()] } else { vec![letter] }
            })
            .collect();
        (snake, value.clone())
    });
    Ok(Value::Object(renamed.collect()))
}

/// Waits until the document says this theme or language.
async fn wait_for_root(window: &Window, what: &str, wanted: &str) -> Outcome {
    let script = match what {
        "theme" => "return document.documentElement.dataset.theme ?? null",
        _ => "return document.documentElement.lang",
    };
    wait::until(&format!("{what} {wanted}"), PATIENCE, || async {
        Ok(window.script(script).await? == json!(wanted))
    })
    .await
}
