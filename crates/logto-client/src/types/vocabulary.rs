//! Words of Logto that decisions are made by. A word that this version does not know keeps its text, so that it is equal to
//! itself alone.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! vocabulary {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$doc])* $variant,)*
            /// One that this version does not know.
            Unknown(String),
        }

        impl $name {
            /// Returns Logto's word.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Unknown(text) => text,
                }
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                match text.as_str() {
                    $($text => Self::$variant,)*
                    _ => Self::Unknown(text),
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer).map(Self::from)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

vocabulary! {
    /// The type of a connector.
    pub enum ConnectorType {
        /// Sends mails.
        Email = "Email",
        /// Sends text messages.
        Sms = "Sms",
        /// Signs in at a social identity provider.
        Social = "Social",
    }
}

vocabulary! {
    /// A second factor.
    pub enum MfaFactor {
        /// A code of an authenticator app.
        Totp = "Totp",
        /// A passkey.
        WebAuthn = "WebAuthn",
        /// A backup code.
        BackupCode = "BackupCode",
        /// A code to the primary e-mail address.
        EmailVerificationCode = "EmailVerificationCode",
        /// A code to the primary phone number.
        PhoneVerificationCode = "PhoneVerificationCode",
    }
}

vocabulary! {
    /// The type of a verification record of a sign-in.
    pub enum RecordType {
        /// The password.
        Password = "Password",
        /// A code to an e-mail address.
        EmailVerificationCode = "EmailVerificationCode",
        /// A code to a phone number.
        PhoneVerificationCode = "PhoneVerificationCode",
        /// A link with a token that was sent to an e-mail address.
        OneTimeToken = "OneTimeToken",
        /// A social identity provider.
        Social = "Social",
        /// An enterprise identity provider.
        EnterpriseSso = "EnterpriseSso",
        /// A code of an authenticator app.
        Totp = "Totp",
        /// A passkey as a second factor.
        WebAuthn = "WebAuthn",
        /// A passkey alone.
        SignInWebAuthn = "SignInWebAuthn",
        /// A backup code.
        BackupCode = "BackupCode",
        /// A code to an e-mail address as a second factor.
        MfaEmailVerificationCode = "MfaEmailVerificationCode",
        /// A code to a phone number as a second factor.
        MfaPhoneVerificationCode = "MfaPhoneVerificationCode",
    }
}

#[cfg(test)]
mod tests {
    use super::MfaFactor;

    #[test]
    fn unknown_word_is_equal_to_itself_alone() {
        let read = |text: &str| -> MfaFactor { serde_json::from_value(text.into()).unwrap() };
        assert_eq!(read("Totp"), MfaFactor::Totp);
        assert_eq!(read("Palm"), read("Palm"));
        assert_ne!(read("Palm"), read("Iris"));
        assert_eq!(serde_json::to_value(read("Palm")).unwrap(), "Palm");
    }
}
