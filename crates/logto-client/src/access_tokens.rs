//! Personal access tokens of a user. Logto names them by their names, and answers their values in clear each time.

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;

use crate::client::LogtoClient;
use crate::endpoints;
use crate::error::Error;
use crate::types::{NewPersonalAccessToken, PersonalAccessToken};
use crate::user_id::UserId;

/// A token and its value.
#[derive(Deserialize)]
struct WithValue {
    name: String,
    value: SecretString,
}

/// A token that was created.
#[derive(Deserialize)]
struct Created {
    #[serde(flatten)]
    token: PersonalAccessToken,
    value: SecretString,
}

impl LogtoClient {
    /// `GET /users/{userId}/personal-access-tokens`. Their values are not read. A user that does not exist has none.
    ///
    /// # Errors
    /// As any request.
    pub async fn personal_access_tokens(&self, user: &UserId) -> Result<Vec<PersonalAccessToken>, Error> {
        self.request(&endpoints::LIST_ACCESS_TOKENS, &[user.as_str()], &[], None::<&()>).await
    }

    /// `GET /users/{userId}/personal-access-tokens`: the value of one token, or `None` when there is no such token.
    ///
    /// # Errors
    /// As any request.
    pub async fn personal_access_token_value(
        &self,
        user: &UserId,
        name: &str,
    ) -> Result<Option<SecretString>, Error> {
        let tokens: Vec<WithValue> =
            self.request(&endpoints::LIST_ACCESS_TOKENS, &[user.as_str()], &[], None::<&()>).await?;
        Ok(tokens.into_iter().find(|token| token.name == name).map(|token| token.value))
    }

    /// `POST /users/{userId}/personal-access-tokens`: creates a token and returns it with its value.
    ///
    /// # Errors
    /// 422 `user.personal_access_token_name_exists`; 400 `request.invalid_input` when it would have expired already.
    pub async fn create_personal_access_token(
        &self,
        user: &UserId,
        token: &NewPersonalAccessToken,
    ) -> Result<(PersonalAccessToken, SecretString), Error> {
        let created: Created =
            self.request(&endpoints::CREATE_ACCESS_TOKEN, &[user.as_str()], &[], Some(token)).await?;
        Ok((created.token, created.value))
    }

    /// `PATCH /users/{userId}/personal-access-tokens/{name}`: renames a token.
    ///
    /// # Errors
    /// 404 `entity.not_found`, 422 `user.personal_access_token_name_exists`.
    pub async fn rename_personal_access_token(
        &self,
        user: &UserId,
        from: &str,
        to: &str,
    ) -> Result<(), Error> {
        let body = json!({ "name": to });
        let values = [user.as_str(), from];
        let _: PersonalAccessToken =
            self.request(&endpoints::RENAME_ACCESS_TOKEN, &values, &[], Some(&body)).await?;
        Ok(())
    }

    /// `DELETE /users/{userId}/personal-access-tokens/{name}`: the token can be exchanged no more.
    ///
    /// # Errors
    /// 404 `entity.not_found`.
    pub async fn delete_personal_access_token(&self, user: &UserId, name: &str) -> Result<(), Error> {
        let values = [user.as_str(), name];
        self.request_nothing(&endpoints::DELETE_ACCESS_TOKEN, &values, &[], None::<&()>).await
    }
}
