//! Passwords, verification codes and second factors of a user. The Management API guards none of them: it counts
//! no tries of a password, applies no policy, and ends no session. Its callers must.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::client::{LogtoClient, about, parse};
use crate::endpoints;
use crate::error::Error;
use crate::types::{
    LogtoConfigs, MfaVerification, PasswordCheck, PasswordFingerprint, PasswordIssue, Recipient,
};
use crate::user_id::UserId;

impl LogtoClient {
    /// `POST /verification-codes`: sends a code. A code that was sent there before is void from then on.
    ///
    /// # Errors
    /// 400 `guard.invalid_input`, 429 `request.message_rate_limited`, 501 `connector.not_found`.
    pub async fn send_verification_code(&self, to: &Recipient) -> Result<(), Error> {
        self.request_nothing(&endpoints::SEND_VERIFICATION_CODE, &[], &[], Some(&recipient(to))).await
    }

    /// `POST /verification-codes/verify`: a right code is valid once.
    ///
    /// # Errors
    /// 400 `verification_code.code_mismatch`, `.not_found`, `.expired` or `.exceed_max_try`.
    pub async fn verify_verification_code(&self, of: &Recipient, code: &SecretString) -> Result<(), Error> {
        let mut body = recipient(of);
        body["verificationCode"] = Value::from(code.expose_secret());
        self.request_nothing(&endpoints::VERIFY_VERIFICATION_CODE, &[], &[], Some(&body)).await
    }

    /// `POST /users/{userId}/password/verify`. Tries are not counted.
    ///
    /// # Errors
    /// 422 `session.invalid_credentials` when it is wrong, or when there is none.
    pub async fn verify_password(&self, user: &UserId, password: &SecretString) -> Result<(), Error> {
        let body = json!({ "password": password.expose_secret() });
        self.request_nothing(&endpoints::VERIFY_PASSWORD, &[user.as_str()], &[], Some(&body)).await
    }

    /// `PATCH /users/{userId}/password`. No policy is applied and no session ends.
    ///
    /// # Errors
    /// 400 when it is empty, 404 `entity.not_found`.
    pub async fn update_password(&self, user: &UserId, password: &SecretString) -> Result<(), Error> {
        let body = json!({ "password": password.expose_secret() });
        about(user, self.send(&endpoints::UPDATE_PASSWORD, &[user.as_str()], &[], Some(&body)).await?)
            .map(drop)
    }

    /// `GET /users/{userId}/has-password`.
    ///
    /// # Errors
    /// 404 `entity.not_found`.
    pub async fn has_password(&self, user: &UserId) -> Result<bool, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Body {
            has_password: bool,
        }
        let body: Body = self.request(&endpoints::HAS_PASSWORD, &[user.as_str()], &[], None::<&()>).await?;
        Ok(body.has_password)
    }

    /// `GET /users/{userId}?includePasswordHash=true`: identifies the present password, `None` when there is none.
    /// Logto's own digest, which an attacker could try passwords against, does not leave this function.
    ///
    /// # Errors
    /// 404 `entity.not_found`.
    pub async fn password_fingerprint(&self, user: &UserId) -> Result<Option<PasswordFingerprint>, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Body {
            has_password: bool,
            #[serde(default)]
            password_digest: Option<String>,
        }
        let query = [("includePasswordHash", "true")];
        let answer = self.send(&endpoints::GET_USER, &[user.as_str()], &query, None::<&()>).await?;
        let (body, logto_request_id) = (Zeroizing::new(answer.body), answer.logto_request_id);
        let body: Body = parse(&body, logto_request_id.clone())?;
        match body.password_digest {
            Some(digest) => {
                let digest = Zeroizing::new(digest);
                Ok(Some(PasswordFingerprint(Sha256::digest(digest.as_bytes()).into())))
            }
            None if body.has_password => Err(Error::Unusable {
                reason: "the answer lacks the digest of the password",
                logto_request_id,
            }),
            None => Ok(None),
        }
    }

    /// `POST /sign-in-exp/default/check-password`: the tenant's policy, with the user's own data. It does not
    /// notice the present password.
    ///
    /// # Errors
    /// As any request.
    pub async fn check_password(
        &self,
        user: &UserId,
        password: &SecretString,
    ) -> Result<PasswordCheck, Error> {
        #[derive(Deserialize)]
        struct Body {
            issues: Vec<PasswordIssue>,
        }
        #[derive(Deserialize)]
        struct Accepted {
            result: bool,
        }
        let body = json!({ "password": password.expose_secret(), "userId": user.as_str() });
        let answer = self.send_or(&endpoints::CHECK_PASSWORD, &[], &[], Some(&body), Some(400)).await?;
        if answer.status != 400 {
            let accepted: Accepted = parse(&answer.body, answer.logto_request_id)?;
            return match accepted.result {
                true => Ok(PasswordCheck::Accepted),
                false => {
                    Err(Error::Unusable { reason: "it neither accepts nor refuses", logto_request_id: None })
                }
            };
        }
        let rejected: Body = parse(&answer.body, answer.logto_request_id)?;
        Ok(PasswordCheck::Rejected(rejected.issues))
    }

    /// `GET /users/{userId}/mfa-verifications`: second factors, without their secrets.
    ///
    /// # Errors
    /// 404 `entity.not_found`.
    pub async fn mfa_verifications(&self, user: &UserId) -> Result<Vec<MfaVerification>, Error> {
        self.request(&endpoints::LIST_MFA_VERIFICATIONS, &[user.as_str()], &[], None::<&()>).await
    }

    /// `GET /users/{userId}/logto-configs`.
    ///
    /// # Errors
    /// 404 `entity.not_found`.
    pub async fn logto_configs(&self, user: &UserId) -> Result<LogtoConfigs, Error> {
        self.request(&endpoints::GET_LOGTO_CONFIGS, &[user.as_str()], &[], None::<&()>).await
    }
}

fn recipient(to: &Recipient) -> Value {
    match to {
        Recipient::Email(address) => json!({ "email": address }),
        Recipient::Phone(number) => json!({ "phone": number }),
    }
}
