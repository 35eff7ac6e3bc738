//! The fields that the client read of an answer, as JSON in Logto's spelling. Every type is destructured completely: a
//! field that is added and not compared does not compile.

use logto_client::Identities;
use logto_client::types::{
    AccountCenter, AccountCenterFields, Address, Application, Connector, CustomProfileField,
    EmailBlocklistPolicy, FieldControl, Grant, GrantApplication, GrantPayload, GrantedScope, Identity,
    IdentityDetails, IssueNumbers, LastSubmission, LogtoConfigs, MfaConfig, MfaPolicy, MfaVerification,
    Organization, OrganizationRole, PasswordCheck, PasswordIssue, PasswordPolicy, PersonalAccessToken,
    Profile, ProfileFieldConfig, ProfileFieldOption, ProfileFieldPart, RecordIdentifier, Resource, Role,
    RoleScope, Session, SessionAuthorization, SessionPayload, SignInContext, SignInExperience, SignInMethod,
    SocialConnector, SocialUserInfo, SsoBranding, SsoConnector, SsoIdentity, User, UsernameCharacters,
    UsernamePolicy, VerificationRecord,
};
use serde_json::{Value, json};

pub(crate) fn user_json(user: &User) -> Value {
    let User {
        id,
        username,
        primary_email,
        primary_phone,
        name,
        avatar,
        custom_data,
        profile,
        identities,
        has_password,
        sso_identities,
        last_sign_in_at,
        created_at,
        is_suspended,
    } = user;
    let sso: Vec<Value> = sso_identities.iter().map(sso_identity_json).collect();
    let identities = identities_json(identities);
    json!({
        "identities": identities, "hasPassword": has_password,
        "id": id.as_str(), "username": username, "primaryEmail": primary_email, "primaryPhone": primary_phone, "name": name,
        "avatar": avatar, "customData": custom_data, "profile": profile_json(profile), "ssoIdentities": sso,
        "lastSignInAt": last_sign_in_at, "createdAt": created_at, "isSuspended": is_suspended
    })
}

fn sso_identity_json(identity: &SsoIdentity) -> Value {
    let SsoIdentity { issuer, identity_id, sso_connector_id, detail, created_at } = identity;
    json!({
        "issuer": issuer, "identityId": identity_id, "ssoConnectorId": sso_connector_id,
        "detail": detail.as_ref().map(details_json), "createdAt": created_at
    })
}

fn details_json(IdentityDetails { name, email }: &IdentityDetails) -> Value {
    json!({ "name": name, "email": email })
}

pub(crate) fn identities_json(identities: &Identities) -> Value {
    let identity = |Identity { user_id, details }: &Identity| {
        let mut identity = json!({ "userId": user_id });
        if let Some(details) = details {
            identity["details"] = details_json(details);
        }
        identity
    };
    Value::Object(identities.iter().map(|(target, one)| (target.clone(), identity(one))).collect())
}

pub(crate) fn profile_json(profile: &Profile) -> Value {
    let Profile {
        given_name,
        family_name,
        middle_name,
        nickname,
        preferred_username,
        profile: page,
        website,
        gender,
        birthdate,
        zoneinfo,
        locale,
        address,
        other,
    } = profile;
    let mut value = json!({
        "givenName": given_name, "familyName": family_name, "middleName": middle_name, "nickname": nickname,
        "preferredUsername": preferred_username, "profile": page, "website": website, "gender": gender,
        "birthdate": birthdate, "zoneinfo": zoneinfo, "locale": locale,
        "address": address.as_ref().map(|Address { formatted, street_address, locality, region, postal_code, country }| {
            json!({
                "formatted": formatted, "streetAddress": street_address, "locality": locality, "region": region,
                "postalCode": postal_code, "country": country
            })
        })
    });
    for (name, kept) in other {
        let twice = value.as_object_mut().unwrap().insert(name.clone(), kept.clone());
        assert!(twice.is_none(), "{name} is a field of its own and was not read as one");
    }
    value
}

pub(crate) fn role_json(Role { id, name, description }: &Role) -> Value {
    json!({ "id": id, "name": name, "description": description })
}

pub(crate) fn organization_json(organization: &Organization) -> Value {
    let Organization { id, name, description, organization_roles } = organization;
    let role = |OrganizationRole { id, name }: &OrganizationRole| json!({ "id": id, "name": name });
    let roles: Vec<Value> = organization_roles.iter().map(role).collect();
    json!({ "id": id, "name": name, "description": description, "organizationRoles": roles })
}

pub(crate) fn profile_field_json(field: &CustomProfileField) -> Value {
    let CustomProfileField { name, field_type, label, description, required, config } = field;
    let ProfileFieldConfig {
        placeholder,
        min_length,
        max_length,
        min_value,
        max_value,
        format,
        custom_format,
        options,
        default_value,
        parts,
    } = config;
    let options: Vec<Value> = options
        .iter()
        .map(|ProfileFieldOption { value, label }| json!({ "value": value, "label": label }))
        .collect();
    let parts: Vec<Value> = parts
        .iter()
        .map(|ProfileFieldPart { name, enabled, required, field_type, label }| {
            json!({
                "name": name, "enabled": enabled, "required": required, "type": format!("{field_type:?}"),
                "label": label
            })
        })
        .collect();
    json!({
        "name": name, "type": format!("{field_type:?}"), "label": label, "description": description,
        "required": required,
        "config": {
            "placeholder": placeholder, "minLength": number(*min_length), "maxLength": number(*max_length),
            "minValue": number(*min_value), "maxValue": number(*max_value), "format": format,
            "customFormat": custom_format, "options": options, "defaultValue": default_value, "parts": parts
        }
    })
}

/// Returns a number as Logto spells it: whole ones without a fraction.
fn number(number: Option<f64>) -> Value {
    match number {
        Some(number) if number.fract() == 0.0 => format!("{number:.0}").parse::<i64>().unwrap().into(),
        number => json!(number),
    }
}

pub(crate) fn scope_json(RoleScope { id, name }: &RoleScope) -> Value {
    json!({ "id": id, "name": name })
}

pub(crate) fn resource_json(Resource { indicator, scopes }: &Resource) -> Value {
    json!({ "indicator": indicator, "scopes": scopes.iter().map(scope_json).collect::<Vec<_>>() })
}

pub(crate) fn connector_json(
    Connector { id, connector_id, connector_type, target, name, config }: &Connector,
) -> Value {
    json!({ "id": id, "connectorId": connector_id, "type": connector_type, "target": target, "config": { "clientId": config.client_id }, "name": name })
}

pub(crate) fn sso_connector_json(connector: &SsoConnector) -> Value {
    let SsoConnector { id, connector_name, branding: SsoBranding { display_name }, domains, sync_profile } =
        connector;
    let mut branding = json!({});
    if let Some(name) = display_name {
        branding["displayName"] = json!(name);
    }
    json!({
        "id": id, "connectorName": connector_name, "branding": branding, "domains": domains,
        "syncProfile": sync_profile
    })
}

pub(crate) fn session_json(Session { payload, last_submission }: &Session) -> Value {
    let SessionPayload { uid, iat, exp, login_ts, authorizations } = payload;
    let authorizations: serde_json::Map<String, Value> = authorizations
        .iter()
        .map(|(client, SessionAuthorization { sid, grant_id })| {
            (client.clone(), json!({ "sid": sid, "grantId": grant_id }))
        })
        .collect();
    let last = last_submission.as_ref().map(|LastSubmission { verification_records, sign_in_context }| {
        let SignInContext { ip, user_agent, country, city } = sign_in_context;
        let records: Vec<Value> = verification_records.iter().map(record_json).collect();
        json!({
            "verificationRecords": records,
            "signInContext": { "ip": ip, "userAgent": user_agent, "country": country, "city": city }
        })
    });
    json!({
        "payload": {
            "uid": uid, "iat": iat, "exp": exp, "loginTs": login_ts, "authorizations": authorizations
        },
        "lastSubmission": last
    })
}

fn record_json(record: &VerificationRecord) -> Value {
    let VerificationRecord { record_type, verified, identifier, connector_id, social_user_info } = record;
    let identifier = identifier.as_ref().map(
        |RecordIdentifier { identifier_type, value }| json!({ "type": identifier_type, "value": value }),
    );
    let social_user_info = social_user_info.as_ref().map(|SocialUserInfo { id }| json!({ "id": id }));
    json!({
        // Records of a federated sign-in have no such member, which counts as not verified.
        "type": record_type, "verified": verified.then_some(true), "identifier": identifier, "connectorId": connector_id,
        "socialUserInfo": social_user_info
    })
}

pub(crate) fn grant_json(Grant { id, payload, application }: &Grant) -> Value {
    let GrantPayload { client_id, iat, exp, openid, resources } = payload;
    json!({
        "id": id,
        "payload": {
            "clientId": client_id, "iat": iat, "exp": exp, "resources": resources,
            "openid": openid.as_ref().map(|GrantedScope { scope }| json!({ "scope": scope }))
        },
        "application": application.as_ref().map(|GrantApplication { id, name }| json!({ "id": id, "name": name }))
    })
}

pub(crate) fn access_token_json(
    PersonalAccessToken { name, created_at, expires_at }: &PersonalAccessToken,
) -> Value {
    json!({ "name": name, "createdAt": created_at, "expiresAt": expires_at })
}

pub(crate) fn mfa_json(MfaVerification { id, factor, created_at }: &MfaVerification) -> Value {
    json!({ "id": id, "type": factor, "createdAt": created_at })
}

pub(crate) fn configs_json(LogtoConfigs { mfa }: &LogtoConfigs) -> Value {
    let MfaConfig { enabled, skip_mfa_on_sign_in } = mfa;
    json!({ "mfa": { "enabled": enabled, "skipMfaOnSignIn": skip_mfa_on_sign_in } })
}

/// The body of a 400 here is an answer, not a refusal.
pub(crate) fn password_check_json(check: &PasswordCheck) -> Value {
    match check {
        PasswordCheck::Accepted => json!({ "result": true }),
        PasswordCheck::Rejected(issues) => {
            let issues: Vec<Value> = issues
                .iter()
                .map(|PasswordIssue { code, interpolation: IssueNumbers { min, max } }| {
                    json!({ "code": code, "interpolation": { "min": min, "max": max } })
                })
                .collect();
            json!({ "issues": issues })
        }
    }
}

pub(crate) fn application_json(application: &Application) -> Value {
    let Application { id, application_type, is_third_party, oidc_client_metadata, custom_client_metadata } =
        application;
    json!({
        "id": id, "type": format!("{application_type:?}"), "isThirdParty": is_third_party,
        "oidcClientMetadata": {
            "redirectUris": oidc_client_metadata.redirect_uris,
            "postLogoutRedirectUris": oidc_client_metadata.post_logout_redirect_uris
        },
        "customClientMetadata": { "allowTokenExchange": custom_client_metadata.allow_token_exchange }
    })
}

pub(crate) fn experience_json(experience: &SignInExperience) -> Value {
    let SignInExperience {
        color,
        branding,
        sign_in,
        social_sign_in_connector_targets,
        social_connectors,
        password_policy: PasswordPolicy { length, character_types, rejects },
        mfa: MfaPolicy { factors, policy },
        passkey_sign_in,
        single_sign_on_enabled,
        support_email,
        support_website_url,
        email_blocklist_policy:
            EmailBlocklistPolicy {
                block_disposable_addresses,
                block_subaddressing,
                custom_blocklist,
                custom_allowlist,
            },
        username_policy: UsernamePolicy { case_sensitive, min_length, max_length, allowed_chars },
    } = experience;
    let UsernameCharacters { lowercase, uppercase, numbers, underscore } = allowed_chars;
    let methods: Vec<Value> = sign_in
        .methods
        .iter()
        .map(|SignInMethod { identifier, password, verification_code }| {
            json!({
                "identifier": format!("{identifier:?}").to_lowercase(), "password": password,
                "verificationCode": verification_code
            })
        })
        .collect();
    let mut value = json!({
        "color": { "primaryColor": color.primary_color, "darkPrimaryColor": color.dark_primary_color },
        "branding": { "logoUrl": branding.logo_url, "darkLogoUrl": branding.dark_logo_url },
        "signIn": { "methods": methods },
        "socialSignInConnectorTargets": social_sign_in_connector_targets,
        "passwordPolicy": {
            "length": { "min": length.min, "max": length.max },
            "characterTypes": { "min": character_types.min },
            "rejects": {
                "pwned": rejects.pwned, "repetitionAndSequence": rejects.repetition_and_sequence,
                "userInfo": rejects.user_info, "words": rejects.words
            }
        },
        "mfa": { "factors": factors, "policy": policy },
        "singleSignOnEnabled": single_sign_on_enabled, "supportEmail": support_email,
        "supportWebsiteUrl": support_website_url
    });
    let connector = |SocialConnector { id, target, name, logo, logo_dark, platform }: &SocialConnector| {
        json!({
            "id": id, "target": target, "name": name, "logo": logo, "logoDark": logo_dark,
            "platform": platform
        })
    };
    if !social_connectors.is_empty() {
        value["socialConnectors"] = social_connectors.iter().map(connector).collect();
    }
    if passkey_sign_in.enabled {
        value["passkeySignIn"] = json!({ "enabled": true });
    }
    value["emailBlocklistPolicy"] =
        json!({ "customBlocklist": custom_blocklist, "customAllowlist": custom_allowlist });
    value["usernamePolicy"] = json!({
        "caseSensitive": case_sensitive, "minLength": min_length, "maxLength": max_length,
        "allowedChars": {
            "lowercase": lowercase, "uppercase": uppercase, "numbers": numbers, "underscore": underscore
        }
    });
    if *block_disposable_addresses {
        value["emailBlocklistPolicy"]["blockDisposableAddresses"] = json!(true);
    }
    if *block_subaddressing {
        value["emailBlocklistPolicy"]["blockSubaddressing"] = json!(true);
    }
    value
}

pub(crate) fn center_json(AccountCenter { enabled, fields }: &AccountCenter) -> Value {
    let control = |control: &Option<FieldControl>| control.map(|control| format!("{control:?}"));
    let AccountCenterFields {
        name,
        avatar,
        profile,
        email,
        phone,
        username,
        custom_data,
        password,
        social,
        mfa,
        session,
    } = fields;
    json!({
        "enabled": enabled,
        "fields": {
            "name": control(name), "avatar": control(avatar), "profile": control(profile), "email": control(email),
            "phone": control(phone), "username": control(username), "customData": control(custom_data),
            "password": control(password), "social": control(social), "mfa": control(mfa),
            "session": control(session)
        }
    })
}
