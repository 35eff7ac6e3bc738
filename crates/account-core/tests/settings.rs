//! The settings of this device, and where they come from.

use account_api::account::{Field, Language, Preferences, Theme};
use account_api::app::{AppState, SettingSource};
use account_api::error::{AppCode, Code, ServerCode};
use account_core::{App, Config, Dependencies, Http, OperatingSystemRandomness};
use logto_sandbox::FaultAction;
use serde_json::json;
use std::sync::Arc;

use crate::support::http::{Answer, Scripted};
use crate::support::{TestHost, World};

fn app_with(world: &World, config: Config) -> Arc<App> {
    let dependencies = Dependencies {
        clock: Arc::new(world.clock.clone()),
        randomness: Arc::new(OperatingSystemRandomness),
        http: Http::new("0.1.0-test"),
        store: Arc::new(world.store.clone()),
        host: Arc::<TestHost>::clone(&world.host),
    };
    App::new(config, dependencies)
}

fn file(world: &World) -> std::path::PathBuf {
    world.config.config_dir.join("settings.json")
}

#[tokio::test]
async fn command_line_overrides_environment_overrides_file() {
    let world = World::new().await;
    std::fs::create_dir_all(&world.config.config_dir).unwrap();
    std::fs::write(file(&world), r#"{"server_url": "https://file.example.test/"}"#).unwrap();
    let line = Some("https://line.example.test".to_owned());
    let environment = Some("https://environment.example.test".to_owned());
    for (command_line_server, environment_server, url, source) in [
        (line.clone(), environment.clone(), "https://line.example.test", SettingSource::CommandLine),
        (None, environment, "https://environment.example.test", SettingSource::Environment),
        (None, None, "https://file.example.test", SettingSource::User),
    ] {
        let config = Config { command_line_server, environment_server, ..world.config.clone() };
        let app = app_with(&world, config);
        app.start().await;
        let server = app.settings().server.unwrap();
        assert_eq!((server.url.as_str(), server.source), (url, source));
    }
}

#[tokio::test]
async fn invalid_file_is_moved_aside_and_app_starts_with_defaults() {
    for content in ["", "nonsense", "\"text\"", "[]", "{\"server_url\"", "\u{0}"] {
        let world = World::new().await;
        std::fs::create_dir_all(&world.config.config_dir).unwrap();
        std::fs::write(file(&world), content).unwrap();
        let app = app_with(&world, Config { environment_server: None, ..world.config.clone() });
        app.start().await;
        assert_eq!(app.state(), AppState::NoServer, "{content}");
        assert_eq!(app.settings().theme, Theme::System);
        assert!(!file(&world).exists());
        let kept = std::fs::read_to_string(world.config.config_dir.join("settings.json.bad")).unwrap();
        assert_eq!(kept, content);
    }
}

#[tokio::test]
async fn server_is_saved_only_after_it_answered_as_one() {
    let world = World::new().await;
    let app = app_with(&world, Config { environment_server: None, ..world.config.clone() });
    app.start().await;
    assert_eq!(app.state(), AppState::NoServer);
    let stranger = Scripted::start(|_, _| Answer::json(404, &json!({}))).await;
    for (url, code) in [
        ("nonsense url", Code::App(AppCode::ServerUrlInvalid)),
        ("http://settings.example.test", Code::App(AppCode::ServerUrlInvalid)),
        ("http://127.0.0.1:9", Code::App(AppCode::Offline)),
        (stranger.base.as_str(), Code::App(AppCode::ServerNotLatchkey)),
    ] {
        assert_eq!(app.settings_set_server(url).await.unwrap_err().code(), code, "{url}");
        assert_eq!(app.state(), AppState::NoServer);
        assert!(!file(&world).exists());
    }
    let typed = format!(" {}/ ", world.server.base_url());
    let settings = app.settings_set_server(&typed).await.unwrap();
    let server = settings.server.unwrap();
    assert_eq!((server.url.as_str(), server.source), (world.server.base_url(), SettingSource::User));
    let AppState::SignedOut { server, .. } = app.state() else { panic!() };
    assert_eq!(server.name.as_deref(), Some("Example & Sons"));

    app.sign_in().await.unwrap();
    let error = app.settings_set_server("https://other.example.test").await.unwrap_err();
    assert_eq!(error.code(), Code::Server(ServerCode::FieldNotEditable), "not while signed in");

    let again = app_with(&world, Config { environment_server: None, ..world.config.clone() });
    again.start().await;
    assert!(matches!(again.state(), AppState::SignedIn { .. }), "the file names the server");
}

#[tokio::test]
async fn server_set_by_environment_is_read_only_in_window() {
    let world = World::new().await;
    let error = world.app.settings_set_server(world.server.base_url()).await.unwrap_err();
    assert_eq!(error.code(), Code::Server(ServerCode::FieldNotEditable));
}

#[tokio::test]
async fn theme_and_language_stay_on_device_while_signed_out() {
    let world = World::new().await;
    let settings = world.app.settings_set_appearance(Theme::Dark, Some(Language::De)).await.unwrap();
    assert_eq!((settings.theme, settings.language), (Theme::Dark, Some(Language::De)));
    assert!(!settings.preferences_follow_account);
    let next = world.another_app();
    assert_eq!(next.settings().theme, Theme::Dark, "known before the start, for the window to open in");
    next.start().await;
    assert_eq!(next.settings().theme, Theme::Dark);
    assert_eq!(next.settings().version, "0.1.0-test");
}

#[tokio::test]
async fn theme_and_language_follow_the_account() {
    let world = World::signed_in().await;
    assert!(world.app.settings().preferences_follow_account);
    world.app.settings_set_appearance(Theme::Dark, Some(Language::De)).await.unwrap();
    let kept = &world.sandbox.user_json("alice")["customData"]["latchkey"];
    assert_eq!((kept["theme"].as_str(), kept["language"].as_str()), (Some("dark"), Some("de")), "{kept}");
    let chosen = Preferences { theme: Some(Theme::Dark), language: Some(Language::De) };
    assert_eq!(world.account().preferences, Field::Edit { value: Some(chosen) });

    // Another device makes another choice: this one follows at the next refresh.
    world.sandbox.patch_user("alice", &json!({"customData": {"latchkey": {"theme": "light"}}}));
    world.advance(std::time::Duration::from_secs(60));
    world.app.account_refresh(&world.alice()).await.unwrap();
    assert_eq!(world.app.settings().theme, Theme::Light);

    // A choice that is made here afterwards replaces one made elsewhere meanwhile.
    world.sandbox.patch_user("alice", &json!({"customData": {"latchkey": {"theme": "system"}}}));
    world.advance(std::time::Duration::from_secs(60));
    let settings = world.app.settings_set_appearance(Theme::Dark, None).await.unwrap();
    assert_eq!((settings.theme, settings.language), (Theme::Dark, None));
    assert_eq!(world.sandbox.user_json("alice")["customData"]["latchkey"]["theme"], "dark");
}

#[tokio::test]
async fn b7_device_choice_overrides_read_only_preferences() {
    let mut world = World::new().await;
    world.sandbox.set_account_center(&json!({ "enabled": true, "fields": { "customData": "ReadOnly" } }));
    world
        .sandbox
        .patch_user("alice", &json!({"customData": {"latchkey": {"theme": "light", "language": "de"}}}));
    world.app.sign_in().await.unwrap();
    let settings = world.app.settings();
    assert_eq!((settings.theme, settings.language), (Theme::Light, Some(Language::De)), "until one chooses");
    assert!(!settings.preferences_follow_account);
    let settings = world.app.settings_set_appearance(Theme::Dark, None).await.unwrap();
    assert_eq!((settings.theme, settings.language), (Theme::Dark, None));
    world.restart().await;
    assert_eq!((world.app.settings().theme, world.app.settings().language), (Theme::Dark, None));
    assert_eq!(world.sandbox.user_json("alice")["customData"]["latchkey"]["theme"], "light");
}

#[tokio::test]
async fn choice_account_did_not_take_applies_here_and_is_sent_later() {
    let mut world = World::signed_in().await;
    world.fault("/api/users", FaultAction::Status(500, None), None);
    world.advance(std::time::Duration::from_secs(60));
    let error = world.app.settings_set_appearance(Theme::Dark, None).await.unwrap_err();
    assert_ne!(error.code(), Code::App(AppCode::StorageFailed));
    assert_eq!(world.app.settings().theme, Theme::Dark);
    world.sandbox.faults().clear();
    world.restart().await;
    assert_eq!(world.app.settings().theme, Theme::Dark);
    assert_eq!(world.sandbox.user_json("alice")["customData"]["latchkey"]["theme"], "dark");
}

#[tokio::test]
async fn newer_choice_applies_until_account_has_it() {
    let world = World::signed_in().await;
    world.fault("/custom-data", FaultAction::Delay(300), Some(2));
    let choose = |theme| {
        let app = Arc::clone(&world.app);
        tokio::spawn(async move { app.settings_set_appearance(theme, None).await })
    };
    let older = choose(Theme::Light);
    while world.requests_to(&format!("/api/users/{}/custom-data", world.alice())) == 0 {
        tokio::task::yield_now().await;
    }
    let newer = choose(Theme::Dark);
    while world.app.settings().theme != Theme::Dark {
        tokio::task::yield_now().await;
    }
    older.await.unwrap().unwrap();
    assert_eq!(
        world.app.settings().theme,
        Theme::Dark,
        "the older answer says nothing about the newer choice"
    );
    assert_eq!(newer.await.unwrap().unwrap().theme, Theme::Dark);
    assert_eq!(world.sandbox.user_json("alice")["customData"]["latchkey"]["theme"], "dark");
}
