//! What an authenticator rests on: the proof that it was bound with (decision 27).
//!
//! An authenticator that is younger than a day proves a destructive purpose only where its origin would prove it.
//! Origins do not chain: what is bound with a young authenticator inherits that one's origin.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The proof that something was bound with, or that a grant was given for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The present password, or a second factor: no stronger proof exists.
    Strong,
    /// A code to an address, known by its keyed fingerprint.
    Code([u8; 32]),
    /// A sign-in at a social or enterprise provider.
    Federated,
    /// None that this server knows: the authenticator was bound elsewhere.
    Unknown,
}

impl Origin {
    /// Returns the text of an origin in the store.
    pub(crate) fn to_text(self) -> String {
        match self {
            Self::Strong => "strong".to_owned(),
            Self::Code(address) => format!("code:{}", URL_SAFE_NO_PAD.encode(address)),
            Self::Federated => "federated".to_owned(),
            Self::Unknown => "unknown".to_owned(),
        }
    }

    /// Reads the text of an origin in the store. A text that this version does not know is [`Origin::Unknown`], which
    /// proves least.
    pub(crate) fn from_text(text: &str) -> Self {
        match text.split_once(':') {
            None if text == "strong" => Self::Strong,
            None if text == "federated" => Self::Federated,
            Some(("code", address)) => {
                let bytes = URL_SAFE_NO_PAD.decode(address).ok();
                bytes.and_then(|bytes| bytes.try_into().ok()).map_or(Self::Unknown, Self::Code)
            }
            _ => Self::Unknown,
        }
    }
}

/// The age of an authenticator, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Maturity {
    /// At least a day ago.
    Mature,
    /// Less than a day ago, with this origin.
    Young(Origin),
}

#[cfg(test)]
mod tests {
    use super::Origin;

    #[test]
    fn r27_origin_text_round_trip_keeps_it() {
        for origin in [Origin::Strong, Origin::Code([7; 32]), Origin::Federated, Origin::Unknown] {
            assert_eq!(Origin::from_text(&origin.to_text()), origin);
        }
        for unknown in ["", "stronger", "code:", "code:07", "code:zz", "strong:1"] {
            assert_eq!(Origin::from_text(unknown), Origin::Unknown, "{unknown}");
        }
    }
}
