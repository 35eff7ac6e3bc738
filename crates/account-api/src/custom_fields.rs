//! The fields that an organisation adds to its accounts: defined in Logto (`GET /custom-profile-fields`) or in the settings
//! server's own configuration, and kept at the top level of custom data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::account::{Change, Field};

/// One such field: what it is, and its value as far as it may be seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, ToSchema)]
pub struct CustomField {
    /// Its key, unique in an account.
    pub name: String,
    /// What people read beside it, in the organisation's own words; absent: the key.
    pub label: Option<String>,
    /// A further explanation.
    pub description: Option<String>,
    /// An example, shown while nothing is typed.
    pub placeholder: Option<String>,
    /// Whether it cannot be cleared.
    pub required: bool,
    /// What it holds.
    pub kind: CustomFieldKind,
    /// The value. It may be of another kind than the field's, if something else wrote it.
    pub value: Field<CustomValue>,
}

/// What a field holds, with its limits. An absent limit means none of the organisation's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum CustomFieldKind {
    /// One line of text; lengths in UTF-16 code units, as Logto counts.
    Text {
        /// The fewest.
        min_length: Option<u32>,
        /// The most.
        max_length: Option<u32>,
    },
    /// A number.
    Number {
        /// The smallest.
        min: Option<f64>,
        /// The largest.
        max: Option<f64>,
    },
    /// A date, written as a text in this format.
    Date {
        /// Made of `yyyy`, `MM` and `dd`, each once, and what stands between them.
        format: String,
    },
    /// Yes or no.
    Checkbox,
    /// One of several.
    Select {
        /// The values to choose from.
        options: Vec<CustomFieldOption>,
    },
    /// An https or http URL.
    Url,
    /// A text that fits a pattern, which the server knows.
    Pattern,
    /// Something this version cannot change.
    #[serde(other)]
    Other,
}

/// One value to choose from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct CustomFieldOption {
    /// What is stored.
    pub value: String,
    /// What people read; absent: the value.
    pub label: Option<String>,
}

/// What a field can be set to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, ToSchema)]
#[serde(untagged)]
pub enum CustomValue {
    /// Yes or no.
    Checked(bool),
    /// A number, as JavaScript has them.
    Number(f64),
    /// Text, a date, a choice or a URL.
    Text(String),
}

/// `PATCH {base}/account/custom-fields`: the changed fields by their keys. A field that is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS, ToSchema)]
#[serde(transparent)]
pub struct CustomFieldsUpdateRequest(pub BTreeMap<String, Change<CustomValue>>);
