//! The measured tenant: the applications and users that the recordings name.

use logto_sandbox::{Options, Sandbox};
use serde_json::json;

pub(crate) const DESKTOP: &str = "a9gl06bdy9jwaeg5nis2l";
pub(crate) const RESOURCE: &str = "https://settings.example.test/api";
pub(crate) const ROLELESS: (&str, &str) =
    ("9sz9i4byr4y2k44j8jiyb", "roleless-test-secret-roleless-test-secret");
/// The desktop application of the tenant that was measured later.
const LATER_DESKTOP: &str = "4oi1wcjqnu6zz9oaupd0o";
const SERVER: &str = "gaama2ce8oi9e5fmkg36w";

/// Returns a sandbox that is the measured tenant, with a frozen clock.
pub(crate) async fn start() -> Sandbox {
    let options = Options {
        resource: RESOURCE.into(),
        native_client_id: DESKTOP.into(),
        m2m_client_id: SERVER.into(),
        backchannel_session: false,
        ..Options::default()
    };
    let sandbox = Sandbox::start(options).await.unwrap();
    sandbox.clock().freeze();
    for seeded in ["alice", "bob", "norole", "suspended"] {
        sandbox.delete_user(seeded);
    }
    let branding =
        json!({"logoUrl": "https://logto.io/logo.svg", "darkLogoUrl": "https://logto.io/logo-dark.svg"});
    sandbox.set_sign_in_experience(&json!({"branding": branding}));
    applications(&sandbox);
    users(&sandbox);
    sandbox
}

fn applications(sandbox: &Sandbox) {
    let redirects = [
        "http://127.0.0.1/callback",
        "http://localhost/callback",
        "http://[::1]/callback",
        "http://127.0.0.1:53682/callback",
        "latchkey://callback",
        "com.example.latchkey://callback",
    ];
    let post_logout =
        ["http://127.0.0.1:53682/signed-out", "http://127.0.0.1/signed-out", "latchkey://signed-out"];
    sandbox.add_application(&json!({
        "id": DESKTOP, "name": "desktop", "type": "Native", "redirectUris": redirects,
        "postLogoutRedirectUris": post_logout
    }));
    sandbox.add_application(&json!({
        "id": "do4odrn54vrm8xiyybfa1", "name": "desktop-norotate", "type": "Native",
        "redirectUris": redirects, "rotateRefreshToken": false
    }));
    sandbox.add_application(&json!({
        "id": "62c8o2svx5gji3avs81pg", "name": "spa", "type": "SPA",
        "redirectUris": ["http://localhost:5173/callback"]
    }));
    sandbox.add_application(&json!({
        "id": LATER_DESKTOP, "name": "desktop", "type": "Native", "redirectUris": redirects,
        "postLogoutRedirectUris": post_logout, "sid": true
    }));
    sandbox.add_application(&json!({
        "id": ROLELESS.0, "name": "m2m-no-roles", "type": "MachineToMachine", "secret": ROLELESS.1
    }));
}

fn users(sandbox: &Sandbox) {
    sandbox.add_user(&json!({
        "id": "ftmsayfjzndh", "username": "alice", "password": "Correct-Horse-alice-7!",
        "name": "Alice Example", "primaryEmail": "alice@example.test", "primaryPhone": "15550000001",
        "profile": {"familyName": "Example", "givenName": "Alice"}
    }));
    sandbox.add_user(&json!({
        "id": "8l69y8nfz9tg", "username": "bob", "password": "Correct-Horse-bob-7!", "name": "Bob Example",
        "primaryEmail": "bob@example.test", "primaryPhone": "15550000002"
    }));
    sandbox.add_user(&json!({
        "id": "l19yao07umgx", "username": "carol", "password": "Correct-Horse-carol-7!",
        "name": "Carol Example", "primaryEmail": "carol@example.test"
    }));
    sandbox.add_user(&json!({"id": "xkq0k1ngp5i0", "username": "nopassword_bimdsm"}));
}
