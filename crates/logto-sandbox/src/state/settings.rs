//! The tenant's settings: sign-in experience, account center, connectors, custom profile fields.

use serde_json::{Value, json};

/// The settings as the Management API shows them.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) sign_in_experience: Value,
    pub(crate) account_center: Value,
    pub(crate) custom_profile_fields: Vec<Value>,
    /// With their configuration, secrets included, as Logto answers them.
    pub(crate) connectors: Vec<Value>,
    /// Webhooks.
    pub(crate) hooks: Vec<Value>,
    /// Enterprise connectors, in the same way.
    pub(crate) sso_connectors: Vec<Value>,
}

impl Settings {
    /// Returns the recorded tenant's settings with a brand of our own and no remote logo.
    pub(crate) fn seeded() -> Self {
        Self {
            sign_in_experience: sign_in_experience(),
            account_center: json!({
                "tenantId": "default", "id": "default", "enabled": true,
                "fields": {
                    "name": "Edit", "avatar": "Edit", "profile": "Edit", "email": "Edit", "phone": "Edit",
                    "password": "Edit", "username": "Edit", "social": "Edit", "customData": "Edit",
                    "mfa": "Edit", "passkey": "Edit", "session": "Edit"
                },
                "webauthnRelatedOrigins": [], "deleteAccountUrl": null, "customCss": null,
                "profileFields": null
            }),
            custom_profile_fields: vec![json!({
                "tenantId": "default", "id": "l80gedmxlnfy64bnze0km", "name": "department", "type": "Text",
                "label": "Department", "description": null, "required": false,
                "config": {"placeholder": "Team", "minLength": 1, "maxLength": 64},
                "createdAt": 1_795_329_939_582_u64, "sieOrder": 1
            })],
            connectors: connectors(),
            hooks: Vec::new(),
            sso_connectors: sso_connectors(),
        }
    }

    /// Returns the connector with that id.
    pub(crate) fn connector(&self, id: &str) -> Option<&Value> {
        self.connectors.iter().find(|connector| connector["id"] == id)
    }

    /// Returns the social connector of a target.
    pub(crate) fn social_connector(&self, target: &str) -> Option<&Value> {
        self.connectors
            .iter()
            .find(|connector| connector["type"] == "Social" && connector["target"] == target)
    }

    /// Whether usernames that differ only in case are different.
    pub(crate) fn username_case_sensitive(&self) -> bool {
        self.sign_in_experience
            .pointer("/usernamePolicy/caseSensitive")
            .and_then(Value::as_bool)
            .unwrap_or(true)
    }

    /// Failed passwords before the lock, and the lock's length in minutes.
    pub(crate) fn sentinel(&self) -> (usize, u64) {
        let read = |name: &str| {
            self.sign_in_experience.pointer(&format!("/sentinelPolicy/{name}")).and_then(Value::as_u64)
        };
        let attempts = read("maxAttempts").and_then(|value| usize::try_from(value).ok()).unwrap_or(100);
        (attempts, read("lockoutDuration").unwrap_or(60))
    }

    /// Whether the tenant asks for a factor: `Totp`, ….
    pub(crate) fn has_factor(&self, factor: &str) -> bool {
        let factors = self.sign_in_experience.pointer("/mfa/factors").and_then(Value::as_array);
        factors.into_iter().flatten().any(|one| one == factor)
    }

    /// Whether users sign in with an identifier (`username`, …) and what proves it (`password`, `verificationCode`).
    pub(crate) fn method_serves(&self, identifier: &str, proof: &str) -> bool {
        let methods = self.sign_in_experience.pointer("/signIn/methods").and_then(Value::as_array);
        methods.into_iter().flatten().any(|one| one["identifier"] == identifier && one[proof] == true)
    }

    /// Whether enterprise connectors are enabled.
    pub(crate) fn has_single_sign_on(&self) -> bool {
        self.sign_in_experience["singleSignOnEnabled"] == true
    }

    /// Returns the enterprise connectors that own the domain of an address, if they are enabled.
    pub(crate) fn owners(&self, address: &str) -> Vec<&Value> {
        let domain = address.split('@').nth(1).unwrap_or_default().to_lowercase();
        let owns = |one: &&Value| {
            let domains = one["domains"].as_array().into_iter().flatten().filter_map(Value::as_str);
            self.has_single_sign_on() && domains.map(str::to_lowercase).any(|owned| owned == domain)
        };
        self.sso_connectors.iter().filter(owns).collect()
    }

    /// Returns the brand colour of the sign-in page.
    pub(crate) fn brand_color(&self) -> &str {
        self.sign_in_experience.pointer("/color/primaryColor").and_then(Value::as_str).unwrap_or("#1f6f5c")
    }
}

/// Returns one enterprise connector, which owns the domain `corp.example.test`.
fn sso_connectors() -> Vec<Value> {
    vec![json!({
        "tenantId": "default", "id": "knmkut2xs075", "providerName": "OIDC", "connectorName": "corp",
        "config": {
            "issuer": "https://corp.example.test/oidc", "clientId": "sandbox-corp",
            "clientSecret": "sandbox-corp-client-secret", "trustUnverifiedEmail": false
        },
        "domains": ["corp.example.test"], "branding": {}, "syncProfile": false, "enableTokenStorage": false,
        "createdAt": 1_795_334_476_637_u64, "name": "OIDC", "providerType": "oidc", "providerLogo": "",
        "providerLogoDark": "", "providerConfig": {"clientId": "x", "clientSecret": "<redacted>", "issuer": "https://corp.example.test/oidc", "trustUnverifiedEmail": false, "authorizationEndpoint": "https://corp.example.test/oidc/auth", "tokenEndpoint": "https://corp.example.test/oidc/token", "userinfoEndpoint": "https://corp.example.test/oidc/me", "jwksUri": "https://corp.example.test/oidc/jwks", "scope": "openid profile email"}
    })]
}

fn sign_in_experience() -> Value {
    serde_json::from_str(include_str!("sign-in-experience.json")).unwrap_or_default()
}

/// Returns a social connector as the Management API shows it.
pub(crate) fn social(id: &str, factory: &str, target: &str, name: &str, config: Value) -> Value {
    json!({
        "id": id, "type": "Social", "connectorId": factory, "target": target,
        "name": {"en": name, "zh-CN": name, "ko": name, "tr-TR": name}, "description": {"en": name},
        "logo": "", "logoDark": null, "platform": "Universal", "isDemo": false, "isStandard": false, "syncProfile": false,
        "enableTokenStorage": false, "isTokenStorageSupported": true, "metadata": {"target": target},
        "config": config
    })
}

/// Returns the connectors of the start.
pub(crate) fn connectors() -> Vec<Value> {
    let sender = |id: &str, connector: &str, kind: &str, target: &str, name: &str| {
        json!({
            "id": id, "type": kind, "connectorId": connector, "target": target, "name": {"en": name},
            "description": {"en": name}, "logo": "", "logoDark": null, "platform": null, "isDemo": false,
            "isStandard": false, "syncProfile": false, "enableTokenStorage": false,
            "isTokenStorageSupported": false, "metadata": {}, "config": {}
        })
    };
    vec![
        social("uv45gh4v44x4", "mock-social-connector", "mock-social", "Mock Social", json!({})),
        social(
            "e4drka0aqkwg",
            "github-universal",
            "github",
            "GitHub",
            json!({"clientId": "gh-client", "clientSecret": "sandbox-github-client-secret"}),
        ),
        social(
            "9u9po194plr6",
            "google-universal",
            "google",
            "Google",
            json!({"clientId": "google-client", "clientSecret": "sandbox-google-client-secret"}),
        ),
        sender("x1qiks3r68o0", "mock-email-service", "Email", "mock-mail", "Mock Email"),
        sender("k2m7sz90qw1e", "mock-short-message-service", "Sms", "mock-sms", "Mock SMS"),
    ]
}
