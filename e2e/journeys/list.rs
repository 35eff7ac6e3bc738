//! The journeys, in the order in which they run.

use std::future::Future;
use std::pin::Pin;

use e2e::Outcome;
use e2e::session::{Keyring, Session};

use crate::{
    access_tokens, account, devices, firefox, guard, links, organisation, security, servers, sign_in, social,
    storage, views,
};

/// One journey: its name, the session it needs, and its function.
pub(crate) struct Journey {
    pub(crate) name: &'static str,
    pub(crate) keyring: Keyring,
    pub(crate) run: for<'a> fn(&'a Session) -> Pin<Box<dyn Future<Output = Outcome> + 'a>>,
}

macro_rules! journey {
    ($keyring:ident, $module:ident :: $name:ident) => {
        Journey {
            name: stringify!($name),
            keyring: Keyring::$keyring,
            run: |session| Box::pin($module::$name(session)),
        }
    };
}

pub(crate) const JOURNEYS: &[Journey] = &[
    journey!(Unlocked, sign_in::n16_sign_in_edit_restart_sign_out),
    journey!(Unlocked, sign_in::smoke_by_mouse),
    journey!(Unlocked, sign_in::cancel),
    journey!(Unlocked, sign_in::denied),
    journey!(Unlocked, firefox::n6_firefox_https_first_and_many_cookies_signs_in),
    journey!(Unlocked, firefox::cancel_in_firefox),
    journey!(Unlocked, sign_in::reopen),
    journey!(Unlocked, sign_in::insufficient_scope),
    journey!(Unlocked, sign_in::n7_browser_returns_by_a_link),
    journey!(Unlocked, servers::wrong_server),
    journey!(Unlocked, links::n10_deep_link_focuses_and_opens_page),
    journey!(Unlocked, links::n10_second_start_focuses_first),
    journey!(Unlocked, links::n10_links_open_the_app_of_a_package),
    journey!(NoBus, storage::n14_no_keyring_no_file),
    journey!(Unlocked, storage::secrets_stay_where_they_belong),
    journey!(Unlocked, guard::n1_no_embedded_view_loads_the_issuer),
    journey!(Unlocked, account::profile_fields),
    journey!(Unlocked, account::a_change_elsewhere_is_shown_first),
    journey!(Unlocked, account::preferences_follow_the_account),
    journey!(Unlocked, organisation::b23_the_organisations_own_fields),
    journey!(Unlocked, organisation::organisations_and_roles),
    journey!(Unlocked, organisation::axe_and_screenshots_of_a_work_account_light),
    journey!(Unlocked, organisation::axe_and_screenshots_of_a_work_account_dark),
    journey!(Unlocked, account::account_center_disabled),
    journey!(Unlocked, account::account_center_partial),
    journey!(Unlocked, devices::one_session_ends_after_the_password),
    journey!(Unlocked, devices::b16_everything_else_ends_after_a_fresh_sign_in),
    journey!(Unlocked, devices::b9_sign_in_of_another_user_proves_nothing),
    journey!(Unlocked, devices::b11_a_code_to_a_present_address_proves_it),
    journey!(Unlocked, devices::leaving_the_proof_ends_nothing),
    journey!(Unlocked, access_tokens::b21_token_value_is_shown_once_and_revoked),
    journey!(Unlocked, access_tokens::axe_and_screenshots_of_tokens_light),
    journey!(Unlocked, access_tokens::axe_and_screenshots_of_tokens_dark),
    journey!(Unlocked, social::b25_social_account_is_linked_switched_and_restored),
    journey!(Unlocked, social::b25_social_account_is_linked_directly),
    journey!(Unlocked, social::r12_social_openid_account_is_linked),
    journey!(Unlocked, social::b17_social_last_sign_in_method_stays),
    journey!(Unlocked, social::b25_social_account_center_is_opened),
    journey!(Unlocked, social::b25_social_refusal_is_shown),
    journey!(Unlocked, social::n10_social_link_is_finished_by_cold_start),
    journey!(Unlocked, social::axe_and_screenshots_of_social_light),
    journey!(Unlocked, social::axe_and_screenshots_of_social_dark),
    journey!(Unlocked, views::axe_and_screenshots_light),
    journey!(Unlocked, views::axe_and_screenshots_dark),
    journey!(Unlocked, security::b11_an_email_is_changed_after_a_proof_and_its_code),
    journey!(Unlocked, security::b34_a_taken_address_is_returned_after_its_code),
    journey!(Unlocked, security::a_phone_number_is_changed_and_removed),
    journey!(Unlocked, security::a_user_name_is_changed),
    journey!(Unlocked, security::b15_the_password_is_changed),
    journey!(Unlocked, security::b17_the_last_sign_in_method_stays),
    // The last one: it ends the settings server.
    journey!(Unlocked, servers::server_away),
];
