//! `PATCH {base}/account/profile`: the standard profile claims.
//!
//! Logto merges a profile and cannot remove a key that way, so an edit that clears something replaces the whole
//! profile by the one that was just read, changed; the user's lock is held over both. But a replacement loses the keys
//! that Logto has no schema for: where there are any, an empty text is merged for a cleared value, which means "not
//! set", too.

use account_api::account::{AccountView, Address, Change, ProfileUpdateRequest};
use account_api::error::ServerCode;
use axum::routing::on;
use logto_client::types::{self as logto, UserChanges};

use crate::account::edit::{self, Review};
use crate::account::view::{self, present};
use crate::audit_log::AuditField;
use crate::changes::{AccountChange, ChangeContext, Editor};
use crate::error::Failure;
use crate::http::body::PatchBody;
use crate::http::openapi::Document;
use crate::http::response::Json;
use crate::http::router::{Route, RouteBase};
use crate::logto::upstream::{self, Purpose};
use crate::policy::values;
use crate::routes::{EDIT, errors};

pub(crate) const ROUTE: Route = Route {
    method: "PATCH",
    base: RouteBase::Base,
    path: "/account/profile",
    scopes: EDIT,
    operation: "profile_update",
    summary: "Changes standard profile fields and returns the account as it is afterwards.",
    errors: &[errors::ACCOUNT, errors::BODY, &[ServerCode::FieldNotEditable, ServerCode::Conflict]],
    step_up: &[],
    needs_instance: false,
    idempotent: true,
    request: Some(Document::json::<ProfileUpdateRequest>),
    response: Document::json::<AccountView>,
    handler: |method| on(method, handle),
};

/// One text field of the profile: its member of the request, its key in Logto's profile, and its check.
struct TextField {
    name: &'static str,
    change: fn(&ProfileUpdateRequest) -> Option<&Change<String>>,
    slot: fn(&mut logto::Profile) -> &mut Option<String>,
    is_right: fn(&str) -> bool,
}

macro_rules! text_fields {
    ($($field:ident: $is_right:expr,)*) => {
        [$(TextField {
            name: stringify!($field),
            change: |request| request.$field.as_ref(),
            slot: |profile| &mut profile.$field,
            is_right: $is_right,
        },)*]
    };
}

const TEXT_FIELDS: [TextField; 11] = text_fields! {
    given_name: values::is_given_name,
    family_name: values::is_family_name,
    middle_name: values::is_middle_name,
    nickname: values::is_nickname,
    preferred_username: values::is_preferred_username,
    profile: values::is_profile_page,
    website: values::is_website,
    gender: values::is_gender,
    birthdate: values::is_birthdate,
    zoneinfo: values::is_zoneinfo,
    locale: values::is_locale,
};

pub(crate) async fn handle(
    change: AccountChange,
    PatchBody(request): PatchBody<ProfileUpdateRequest>,
) -> Result<Json<AccountView>, Failure> {
    for field in &TEXT_FIELDS {
        edit::check(field.name, (field.change)(&request), field.is_right)?;
    }
    check_address(request.address.as_ref())?;

    change.run(move |change| async move { write(&change, &request).await }).await.map(Json)
}

/// Reads the account, compares and writes, under the user's lock.
async fn write(
    change: &ChangeContext<Editor>,
    request: &ProfileUpdateRequest,
) -> Result<AccountView, Failure> {
    let (state, caller) = (&change.state, &change.sender.caller);
    let address = request.address.as_ref().map(without_empty_address);
    let (mut user, rules) = state.whole_account(caller).await?;
    if change.is_replayed() {
        return Ok(view::account(user, &rules));
    }
    let mut review = Review::default();
    // What is set can be merged; what is cleared needs the whole profile, or an empty text.
    let mut merge = logto::Profile::default();
    let mut whole = user.profile.clone();
    let mut clears = false;
    for field in &TEXT_FIELDS {
        let now = || present((field.slot)(&mut user.profile.clone()).clone());
        if let Some(value) = review.field(
            field.name,
            AuditField::Profile(field.name.to_owned()),
            (field.change)(request),
            rules.policy.profile,
            now,
        )? {
            clears |= value.is_none();
            *(field.slot)(&mut merge) = Some(value.clone().unwrap_or_default());
            *(field.slot)(&mut whole) = value;
        }
    }
    let now = || user.profile.address.clone().and_then(view::address);
    if let Some(value) = review.field(
        "address",
        AuditField::Profile("address".to_owned()),
        address.as_ref(),
        rules.policy.profile,
        now,
    )? {
        clears |= value.is_none();
        merge.address = Some(value.clone().map(to_logto).unwrap_or_default());
        whole.address = value.map(to_logto);
    }
    let purpose = Purpose::WriteUser(review.only_field());
    let Some(intent) = review.finish(&user, &rules)? else { return Ok(view::account(user, &rules)) };

    if clears && whole.other.is_empty() {
        let changes = UserChanges { profile: Some(whole), ..UserChanges::default() };
        user = change.apply(intent, state.update_user(&caller.user, &user, &changes, purpose)).await?;
    } else {
        let write = async {
            let answer = state.logto.update_profile(&caller.user, &merge).await;
            answer.map_err(|error| upstream::failure(&error, purpose))
        };
        user.profile = change.apply(intent, write).await?;
    }
    Ok(view::account(user, &rules))
}

fn check_address(change: Option<&Change<Address>>) -> Result<(), Failure> {
    let Some(Change { from, to: Some(to) }) = change else { return Ok(()) };
    match values::wrong_address_line(from.as_ref(), to) {
        Some(field) => Err(Failure::invalid_value(field)),
        None => Ok(()),
    }
}

/// Replaces an address without any line by none: they mean the same.
fn without_empty_address(change: &Change<Address>) -> Change<Address> {
    let some = |address: &Option<Address>| address.clone().filter(|address| *address != Address::default());
    Change { from: some(&change.from), to: some(&change.to) }
}

fn to_logto(address: Address) -> logto::Address {
    logto::Address {
        formatted: address.formatted,
        street_address: address.street_address,
        locality: address.locality,
        region: address.region,
        postal_code: address.postal_code,
        country: address.country,
    }
}
