//! A system without certificate authorities, and a proxy that does not answer (N20). Run by `cargo xtask test`, which
//! sets `SSL_CERT_FILE` and `ALL_PROXY`.
#![expect(clippy::unwrap_used, reason = "what the test cannot do fails it")]

use std::sync::Arc;

use account_api::error::{AppCode, Code};
use account_core::{
    App, BrowserUnavailable, ClipboardUnavailable, Config, Dependencies, Host, Http, MemoryStore,
    OperatingSystemRandomness, SystemClock,
};
use url::Url;

struct NoHost;

impl Host for NoHost {
    fn show_state(&self, _: &account_api::app::AppState) {}
    fn navigate(&self, _: account_api::app::Page) {}
    fn open_in_browser(&self, _: &Url) -> Result<(), BrowserUnavailable> {
        Err(BrowserUnavailable)
    }
    fn copy_to_clipboard(&self, _: &str) -> Result<(), ClipboardUnavailable> {
        Err(ClipboardUnavailable)
    }
    fn owns_scheme(&self, _: &str) -> bool {
        false
    }
    fn focus_window(&self) {}
}

async fn failure(http: Http) -> Code {
    let folders = tempfile::tempdir().unwrap();
    let config = Config {
        command_line_server: Some("https://settings.example.test".to_owned()),
        environment_server: None,
        pinned_resource: None,
        config_dir: folders.path().join("config"),
        data_dir: folders.path().join("data"),
        scheme: "app.latchkey.dev".to_owned(),
        version: "0.1.0-test".to_owned(),
    };
    let dependencies = Dependencies {
        clock: Arc::new(SystemClock),
        randomness: Arc::new(OperatingSystemRandomness),
        http,
        store: Arc::new(MemoryStore::new()),
        host: Arc::new(NoHost),
    };
    let app = App::new(config, dependencies);
    app.start().await;
    app.sign_in().await.unwrap_err().code()
}

#[tokio::test]
async fn n20_system_without_certificate_authorities_is_named() {
    assert_eq!(failure(Http::new("0.1.0-test")).await, Code::App(AppCode::NoTrustedCertificates));
}

#[tokio::test]
async fn n20_socks_proxy_of_the_environment_is_used() {
    let key = rcgen::KeyPair::generate().unwrap();
    let authority = rcgen::CertificateParams::default().self_signed(&key).unwrap();
    let http = Http::new("0.1.0-test").trusting([authority.der().to_vec()]);
    assert_eq!(failure(http).await, Code::App(AppCode::ProxyUnreachable));
}
