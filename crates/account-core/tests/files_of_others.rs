//! Files of this app that others have written: users with an editor, administrators, other versions of it. What is
//! known is used, and the rest stays as it is.

use std::fs;
use std::path::PathBuf;

use account_api::account::{Language, Theme};
use account_api::app::{AppState, SettingSource};
use account_api::error::{AppCode, Code};
use account_core::{App, Config, Dependencies, Http, OperatingSystemRandomness};
use serde_json::{Value, json};
use std::sync::Arc;

use crate::support::{TestHost, World};

const SERVER: &str = "https://settings.example.test/api";

/// Returns the app on this machine, without a server in its environment; not started yet.
fn app(world: &World) -> Arc<App> {
    let dependencies = Dependencies {
        clock: Arc::new(world.clock.clone()),
        randomness: Arc::new(OperatingSystemRandomness),
        http: Http::new("0.1.0-test"),
        store: Arc::new(world.store.clone()),
        host: Arc::<TestHost>::clone(&world.host),
    };
    App::new(Config { environment_server: None, ..world.config.clone() }, dependencies)
}

fn settings(world: &World) -> PathBuf {
    fs::create_dir_all(&world.config.config_dir).unwrap();
    world.config.config_dir.join("settings.json")
}

fn written(path: &PathBuf) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn with_byte_order_mark(mark: &[u8], text: &str) -> Vec<u8> {
    let utf16 = |unit: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
    let text = match mark {
        [0xff, 0xfe] => utf16(u16::to_le_bytes),
        [0xfe, 0xff] => utf16(u16::to_be_bytes),
        _ => text.as_bytes().to_vec(),
    };
    [mark, &text].concat()
}

#[tokio::test]
async fn settings_with_unknown_values_keep_the_rest() {
    for (name, value) in [
        ("language", json!("fr")),
        ("language", json!(["de"])),
        ("theme", json!("pink")),
        ("theme", json!({ "name": "dark" })),
        ("appearance_unsent", json!("perhaps")),
        ("zoom", json!({ "factor": 1.5, "of": ["text"] })),
        ("server_url", json!(4)),
    ] {
        let world = World::new().await;
        let mut content = json!({ "server_url": SERVER, "theme": "dark", "language": "de", "zoom": 2 });
        content[name] = value.clone();
        fs::write(settings(&world), content.to_string()).unwrap();
        let app = app(&world);
        app.start().await;
        let read = app.settings();
        let case = format!("{name}: {value}");
        assert!(!settings(&world).with_extension("json.bad").exists(), "{case}");
        if name != "server_url" {
            let server = read.server.unwrap();
            assert_eq!((server.url.as_str(), server.source), (SERVER, SettingSource::User), "{case}");
        }
        assert_eq!(read.theme, if name == "theme" { Theme::System } else { Theme::Dark }, "{case}");
        let language = if name == "language" { None } else { Some(Language::De) };
        assert_eq!(read.language, language, "{case}");

        // A neighbour is changed: the value stays as it was written.
        let theme = if name == "theme" { read.theme } else { Theme::Light };
        let language = if name == "language" { read.language } else { Some(Language::En) };
        app.settings_set_appearance(theme, language).await.unwrap();
        let mut wanted = content.clone();
        if name == "theme" {
            wanted["language"] = json!("en");
            // A value that was chosen now is a known one, even if it looks the same.
            wanted["theme"] = json!("system");
        } else {
            wanted["theme"] = json!("light");
            if name != "language" {
                wanted["language"] = json!("en");
            }
        }
        assert_eq!(written(&settings(&world)), wanted, "{case}");
    }
}

#[tokio::test]
async fn settings_with_a_byte_order_mark_are_read() {
    for mark in [&b"\xef\xbb\xbf"[..], b"\xff\xfe", b"\xfe\xff"] {
        let world = World::new().await;
        let content = json!({ "server_url": SERVER, "theme": "dark", "note": "Grüße" });
        fs::write(settings(&world), with_byte_order_mark(mark, &content.to_string())).unwrap();
        let app = app(&world);
        app.start().await;
        assert_eq!(app.settings().server.unwrap().url, SERVER, "{mark:?}");
        app.settings_set_appearance(Theme::Light, None).await.unwrap();
        let wanted = json!({ "server_url": SERVER, "theme": "light", "note": "Grüße" });
        assert_eq!(written(&settings(&world)), wanted, "{mark:?}");
    }
}

#[tokio::test]
async fn settings_changed_meanwhile_by_others_are_kept() {
    let world = World::new().await;
    fs::write(settings(&world), json!({ "server_url": SERVER }).to_string()).unwrap();
    let app = app(&world);
    app.start().await;
    let other = "https://other.example.test";
    fs::write(settings(&world), json!({ "server_url": other, "zoom": 2 }).to_string()).unwrap();
    app.settings_set_appearance(Theme::Dark, None).await.unwrap();
    assert_eq!(written(&settings(&world)), json!({ "server_url": other, "zoom": 2, "theme": "dark" }));
    fs::remove_file(settings(&world)).unwrap();
    app.settings_set_appearance(Theme::Light, None).await.unwrap();
    assert_eq!(written(&settings(&world)), json!({ "server_url": SERVER, "theme": "light" }));
}

#[tokio::test]
async fn settings_that_cannot_be_read_are_not_overwritten() {
    let world = World::new().await;
    fs::create_dir_all(settings(&world).join("a folder in its place")).unwrap();
    let app = app(&world);
    app.start().await;
    assert_eq!(app.state(), AppState::NoServer);
    let error = app.settings_set_appearance(Theme::Dark, None).await.unwrap_err();
    assert_eq!((error.code(), app.settings().theme), (Code::App(AppCode::StorageFailed), Theme::System));
    assert!(settings(&world).join("a folder in its place").is_dir());
}

#[cfg(unix)]
#[tokio::test]
async fn settings_behind_symlink_are_written_through_it() {
    use std::os::unix::fs::symlink;

    for (target, exists) in [("dotfiles/latchkey.json", true), ("dotfiles/not yet there.json", false)] {
        let world = World::new().await;
        let target = world.folders.path().join(target);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        if exists {
            fs::write(&target, json!({ "server_url": SERVER }).to_string()).unwrap();
        }
        // A link to a link, and that one relative to its own folder.
        let middle = world.folders.path().join("dotfiles/current");
        symlink(target.file_name().unwrap(), &middle).unwrap();
        symlink(&middle, settings(&world)).unwrap();
        let app = app(&world);
        app.start().await;
        assert_eq!(app.settings().server.is_some(), exists);
        app.settings_set_appearance(Theme::Dark, None).await.unwrap();
        assert!(settings(&world).is_symlink() && middle.is_symlink(), "the links stay");
        assert_eq!(written(&target)["theme"], "dark");
        assert_eq!(written(&target).get("server_url").is_some(), exists);
    }
}

#[tokio::test]
async fn accounts_of_another_version_cost_no_session() {
    let mut world = World::signed_in().await;
    let path = world.config.data_dir.join("accounts.json");
    let mut content = written(&path);
    let strange = json!({ "server": 4, "of": "a later version" });
    content["accounts"].as_array_mut().unwrap().push(strange.clone());
    content["accounts"][0]["colour"] = json!("green");
    content["pending_revocations"] = json!([{ "item": "later" }]);
    content["later"] = json!([1]);
    fs::write(&path, with_byte_order_mark(b"\xef\xbb\xbf", &content.to_string())).unwrap();
    world.restart().await;
    let AppState::SignedIn { account_id, .. } = world.app.state() else {
        panic!("the session is lost: {:?}", world.app.state())
    };
    // Signing out forgets this account alone.
    world.app.sign_out(&account_id, false).await.unwrap();
    let kept = written(&path);
    assert_eq!(kept["accounts"], json!([strange]));
    assert_eq!(kept["pending_revocations"], json!([{ "item": "later" }]));
    assert_eq!(kept["later"], json!([1]));
    world.app.sign_in().await.unwrap();
    assert_eq!(written(&path)["accounts"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn branding_of_another_version_is_shown_as_far_as_known() {
    let world = World::new().await;
    // No server listens at that address: the stored view is shown.
    let url = "http://127.0.0.1:9/api";
    let path = world.config.data_dir.join("server.json");
    let content = json!({
        "url": url, "name": "Example Corp",
        "branding": { "primary_color": ["#123456"], "dark_primary_color": "#654321", "logo_url": 4, "icon": {} },
    });
    fs::create_dir_all(&world.config.data_dir).unwrap();
    fs::write(&path, with_byte_order_mark(b"\xef\xbb\xbf", &content.to_string())).unwrap();
    let app = world.app_at(url);
    app.start().await;
    let AppState::SignedOut { server, .. } = app.state() else { panic!("{:?}", app.state()) };
    assert_eq!(server.name.as_deref(), Some("Example Corp"));
    assert_eq!(server.branding.dark_primary_color.as_deref(), Some("#654321"));
    assert_eq!((server.branding.primary_color, server.branding.logo_url), (None, None));
}
