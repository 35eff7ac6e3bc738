//! The custom fields of an organisation (B23): those that Logto's profile fields define, and after these those of the
//! operator's own configuration. Their values are at the top level of custom data, where Logto checks nothing.

mod date;
mod definition;
mod logto;
mod value;

use account_api::account::{Field, ReadOnlyReason};
use account_api::custom_fields::{CustomField, CustomFieldKind};
use logto_client::types::CustomData;

pub(crate) use date::DateFormat;
pub use definition::Definition;
pub(crate) use definition::{Kind, is_key};
pub(crate) use logto::definitions;
pub(crate) use value::{Stored, stored, to_json};

use crate::policy::Access;

/// The maximum size of custom data that a change may leave behind, as JSON.
pub(crate) const LARGEST_CUSTOM_DATA: usize = 16 * 1024;

/// Returns what a user may do with one field, given their access to custom data.
pub(crate) fn access(definition: &Definition, custom_data: &CustomData, access: Access) -> Access {
    let is_beyond_us = matches!(definition.kind, Kind::Other)
        || matches!(stored(custom_data, &definition.name), Stored::Strange);
    match access {
        Access::Edit if is_beyond_us => Access::ReadOnly(ReadOnlyReason::Unsupported),
        Access::Edit if definition.read_only => Access::ReadOnly(ReadOnlyReason::Server),
        access => access,
    }
}

/// Returns the fields as a user may see them; none where custom data is off.
pub(crate) fn view(definitions: &[Definition], custom_data: &CustomData, all: Access) -> Vec<CustomField> {
    let shown = definitions.iter().map(|definition| CustomField {
        name: definition.name.clone(),
        label: definition.label.clone(),
        description: definition.description.clone(),
        placeholder: definition.placeholder.clone(),
        required: definition.required,
        kind: kind(&definition.kind),
        value: access(definition, custom_data, all).field(definition.read(custom_data)),
    });
    shown.filter(|field| field.value != Field::Off).collect()
}

fn kind(kind: &Kind) -> CustomFieldKind {
    match kind {
        Kind::Text { min_length, max_length } => {
            CustomFieldKind::Text { min_length: *min_length, max_length: *max_length }
        }
        Kind::Number { min, max } => CustomFieldKind::Number { min: *min, max: *max },
        Kind::Date(format) => CustomFieldKind::Date { format: format.as_str().to_owned() },
        Kind::Checkbox => CustomFieldKind::Checkbox,
        Kind::Select(options) => CustomFieldKind::Select { options: options.clone() },
        Kind::Url => CustomFieldKind::Url,
        Kind::Pattern(_) => CustomFieldKind::Pattern,
        Kind::Other => CustomFieldKind::Other,
    }
}
