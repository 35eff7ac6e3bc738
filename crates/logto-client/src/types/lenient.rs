//! Deserializes values that another program may have written: an unexpected value counts as absent, and does not fail
//! the rest.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// Reads a value; the default of its type if it is of another one.
pub(super) fn or_default<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: DeserializeOwned + Default,
    D: Deserializer<'de>,
{
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).unwrap_or_default())
}

/// Reads the members of an object whose values have the expected type.
pub(super) fn members<'de, T, D>(deserializer: D) -> Result<BTreeMap<String, T>, D::Error>
where
    T: DeserializeOwned,
    D: Deserializer<'de>,
{
    let members: Map<String, Value> = or_default(deserializer)?;
    let read = |(name, value)| Some((name, serde_json::from_value(value).ok()?));
    Ok(members.into_iter().filter_map(read).collect())
}
