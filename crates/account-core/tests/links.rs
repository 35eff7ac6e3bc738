//! N9: deep links, from the outside.

use account_api::app::{AppState, Page};
use account_api::error::{AppCode, Code};
use proptest::prelude::*;

use crate::support::World;

#[tokio::test]
async fn n9_only_listed_links_do_anything() {
    let world = World::new().await;
    world.sandbox.clear_request_log();
    assert_eq!(world.app.pending_page(), None);
    // Only its length is wrong: one character less would be accepted.
    let long = format!("app.latchkey.dev://signed-out?state={}", "a".repeat(2048 - 35));
    let secret = "A".repeat(43);
    let half = format!("app.latchkey.dev://social?state={secret}");
    let doubled = format!("app.latchkey.dev://social?state={secret}&state={secret}&handle={secret}");
    let surplus = format!("app.latchkey.dev://social?state={secret}&handle={secret}&code=c");
    let of = |place: &str, rest: &str| format!("app.latchkey.dev://social/{place}?state={secret}&{rest}");
    // An answer for the app itself names its connector, and has only what providers send.
    let (answer, elsewhere) = (of("", "code=c"), of("../open", "code=c"));
    let (doubled_code, surplus_answer) = (of("connector", "code=c&code=d"), of("connector", "code=c&next=x"));
    let huge = of("connector", &format!("code={}", "c".repeat(8 * 1024)));
    let refused = [
        "",
        "open/profile",
        "app.latchkey.dev",
        "app.latchkey.dev:open/profile",
        "app.latchkey.dev:/open/profile",
        "app.latchkey.dev://",
        "app.latchkey.dev://open",
        "app.latchkey.dev://open/",
        "app.latchkey.dev://open/nothing",
        "app.latchkey.dev://open/profile/..",
        "app.latchkey.dev://open/../open/profile",
        "app.latchkey.dev://open//profile",
        "app.latchkey.dev://open/%70rofile",
        "app.latchkey.dev://open/profile%00",
        "app.latchkey.dev://open\\profile",
        "app.latchkey.dev://open/profile?next=https://evil.example",
        "app.latchkey.dev://open/profile#fragment",
        "app.latchkey.dev://person@open/profile",
        "app.latchkey.dev://open:80/profile",
        "app.latchkey.dev://open/PROFILE",
        "app.latchkey://open/profile",
        "app.latchkey.devil://open/profile",
        "xapp.latchkey.dev://open/profile",
        "https://open/profile",
        " app.latchkey.dev://open/profile",
        "app.latchkey.dev://open/profile\n",
        "app.latchkey.dev://open/pröfile",
        "app.latchkey.dev://signed-out/elsewhere",
        "app.latchkey.dev://signed-out?state=a&state=b",
        "app.latchkey.dev://signed-out?token=a",
        "app.latchkey.dev://callback?code=a&state=b&surprise=c",
        "app.latchkey.dev://sign-in",
        "app.latchkey.dev://social",
        "app.latchkey.dev://social/connector",
        "app.latchkey.dev://social/connector?state=a&code=b",
        "app.latchkey.dev://social?state=a&handle=b",
        half.as_str(),
        answer.as_str(),
        elsewhere.as_str(),
        doubled_code.as_str(),
        surplus_answer.as_str(),
        huge.as_str(),
        doubled.as_str(),
        surplus.as_str(),
        "--server=https://evil.example",
        long.as_str(),
    ];
    let before = world.app.state();
    for link in refused {
        assert_eq!(
            world.app.open_link(link).map_err(|error| error.code()),
            Err(Code::App(AppCode::LinkNotAllowed)),
            "{link}"
        );
    }
    // A query alone is accepted, whatever it contains.
    for page in ["overview", "profile", "security", "devices", "linked", "settings"] {
        let link = format!("app.latchkey.dev://open/{page}?next=elsewhere");
        let answer = world.app.open_link(&link).map_err(|error| error.code());
        assert_eq!(answer, Err(Code::App(AppCode::LinkNotAllowed)), "{link}");
    }
    assert_eq!(world.host.seen(|seen| seen.focused), 0, "a refused link does not even focus");
    assert_eq!(world.app.state(), before);
    assert!(world.sandbox.request_log().is_empty());

    for (link, page) in [
        ("app.latchkey.dev://open/overview", Page::Overview),
        ("app.latchkey.dev://open/profile", Page::Profile),
        ("app.latchkey.dev://open/security", Page::Security),
        ("app.latchkey.dev://open/devices", Page::Devices),
        ("app.latchkey.dev://open/linked", Page::Linked),
        ("app.latchkey.dev://open/settings/", Page::Settings),
        ("App.Latchkey.Dev://open/profile", Page::Profile),
        ("APP.LATCHKEY.DEV://Open/devices", Page::Devices),
    ] {
        world.app.open_link(link).unwrap();
        assert_eq!(world.host.seen(|seen| seen.navigations.last().copied()), Some(page));
    }
    world.app.open_link(&long[..2048]).unwrap();
    world.app.open_link("app.latchkey.dev://signed-out/").unwrap();
    assert_eq!(world.host.seen(|seen| (seen.focused, seen.navigations.len())), (10, 8));
    assert!(world.sandbox.request_log().is_empty(), "links cause no request");
}

#[tokio::test]
async fn n9_link_at_cold_start_is_handled_once_after_page_loads() {
    let world = World::new().await;
    let app = world.another_app();
    app.open_link("app.latchkey.dev://open/profile").unwrap();
    app.start().await;
    assert!(world.host.seen(|seen| seen.navigations.is_empty()));
    assert_eq!(app.pending_page(), Some(Page::Profile));
    assert_eq!(app.pending_page(), None);
    assert!(matches!(app.state(), AppState::SignedOut { .. }));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn n9_arbitrary_links_neither_panic_nor_navigate(
        prefix in prop_oneof![
            Just(""), Just("app.latchkey.dev://"), Just("app.latchkey.dev://open/"),
            Just("app.latchkey.dev://callback?"), Just("app.latchkey.dev://signed-out?"), Just("https://"),
            Just("app.latchkey.dev://social/"), Just("app.latchkey.dev://social?")
        ],
        rest in "(\\PC|[/?#&=%.:@\\\\]){0,80}",
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let link = format!("{prefix}{rest}");
        let result = LINKS.with(|app| runtime.block_on(async { app.open_link(&link) }));
        let known = [
            "open/overview", "open/profile", "open/security", "open/devices", "open/settings", "signed-out"
        ];
        if result.is_ok() {
            let link = link.to_ascii_lowercase();
            let after = link.strip_prefix("app.latchkey.dev://").unwrap_or("");
            prop_assert!(known.iter().any(|known| after.starts_with(known)), "{link}");
        }
    }
}

thread_local! {
    static LINKS: std::sync::Arc<account_core::App> = {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { World::new().await.another_app() })
    };
}
