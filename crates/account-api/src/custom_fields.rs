//! The fields that an organisation adds to its accounts: defined in Logto (`GET /custom-profile-fields`) or in the
//! settings server's own configuration, and kept at the top level of custom data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::account::{Change, Field};

/// One such field: its definition, and its value if the user may see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, ToSchema)]
pub struct CustomField {
    /// Its key, unique in an account.
    pub name: String,
    /// Its label for users, in the organisation's own words; absent: the key.
    pub label: Option<String>,
    /// A further explanation.
    pub description: Option<String>,
    /// An example, shown while nothing is typed.
    pub placeholder: Option<String>,
    /// Whether it is required: it cannot be cleared.
    pub required: bool,
    /// What it holds.
    pub kind: CustomFieldKind,
    /// The value. It may be of another kind than the field's, if another program wrote it.
    pub value: Field<CustomValue>,
}

/// The kind of a field, with its limits. An absent limit means that the organisation sets none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum CustomFieldKind {
    /// One line of text; lengths in UTF-16 code units, as Logto counts.
    Text {
        /// The minimum length.
        min_length: Option<u32>,
        /// The maximum length.
        max_length: Option<u32>,
    },
    /// A number.
    Number {
        /// The minimum.
        min: Option<f64>,
        /// The maximum.
        max: Option<f64>,
    },
    /// A date, as text in this format.
    Date {
        /// Made of `yyyy`, `MM` and `dd`, each once, and of separators.
        format: String,
    },
    /// Yes or no.
    Checkbox,
    /// One of several values.
    Select {
        /// The values to choose from.
        options: Vec<CustomFieldOption>,
    },
    /// An https or http URL.
    Url,
    /// A text that matches a pattern, which only the server knows.
    Pattern,
    /// A kind that this version cannot change.
    #[serde(other)]
    Other,
}

/// One option of a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct CustomFieldOption {
    /// The stored value.
    pub value: String,
    /// The label for users; absent: the value.
    pub label: Option<String>,
}

/// A value of a field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, ToSchema)]
#[serde(untagged)]
pub enum CustomValue {
    /// Yes or no.
    Checked(bool),
    /// A number, as in JavaScript.
    Number(f64),
    /// Text, a date, a choice or a URL.
    Text(String),
}

/// `PATCH {base}/account/custom-fields`: the changed fields by their keys. A field that is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS, ToSchema)]
#[serde(transparent)]
pub struct CustomFieldsUpdateRequest(pub BTreeMap<String, Change<CustomValue>>);
