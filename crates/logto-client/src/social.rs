//! Social identities of a user, linked by a connector of Logto.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::{LogtoClient, about};
use crate::endpoints;
use crate::error::Error;
use crate::types::{Identity, User, WholeIdentity};
use crate::user_id::UserId;

/// A user's identities, by target.
pub type Identities = BTreeMap<String, Identity>;

/// The answer of a connector that begins.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Begun {
    redirect_to: String,
}

/// A linked account as Logto answers a read of one.
#[derive(Deserialize)]
struct One {
    identity: WholeIdentity,
}

impl LogtoClient {
    /// `POST /connectors/{connectorId}/authorization-uri`: where a user authorizes at the provider. Logto checks neither
    /// parameter, and keeps neither.
    ///
    /// # Errors
    /// 501 `connector.not_implemented` for a connector that keeps a session; 404 `entity.not_found`; 400
    /// `connector.unexpected_type`.
    pub async fn social_authorization_uri(
        &self,
        connector: &str,
        state: &str,
        redirect_uri: &str,
    ) -> Result<String, Error> {
        let body = json!({ "state": state, "redirectUri": redirect_uri });
        let begun: Begun =
            self.request(&endpoints::SOCIAL_AUTHORIZATION_URI, &[connector], &[], Some(&body)).await?;
        Ok(begun.redirect_to)
    }

    /// `POST /users/{userId}/identities`: exchanges a provider's answer and links the account that it is about. An identity
    /// of the same target is replaced without a word. Returns every identity of the user.
    ///
    /// # Errors
    /// 422 `user.identity_already_in_use`; 400 or 401 `connector.…` when the provider refuses the code; 501
    /// `connector.not_implemented`; 404 `entity.not_found`; 500 without a code when the provider cannot be reached.
    pub async fn link_identity(
        &self,
        user: &UserId,
        connector: &str,
        connector_data: &Value,
    ) -> Result<Identities, Error> {
        let body = json!({ "connectorId": connector, "connectorData": connector_data });
        self.request(&endpoints::LINK_IDENTITY, &[user.as_str()], &[], Some(&body)).await
    }

    /// `GET /users/{userId}/identities/{target}`: a linked account with everything that its provider said.
    ///
    /// # Errors
    /// 404 `user.identity_not_exist`, 404 `entity.not_found`.
    pub async fn identity(&self, user: &UserId, target: &str) -> Result<WholeIdentity, Error> {
        let one: One =
            self.request(&endpoints::GET_IDENTITY, &[user.as_str(), target], &[], None::<&()>).await?;
        Ok(one.identity)
    }

    /// `PUT /users/{userId}/identities/{target}`: links an account that the caller knows to be the user's: Logto asks for no
    /// proof. An identity of the same target is replaced without a word. Returns every identity of the user.
    ///
    /// # Errors
    /// 422 `user.identity_already_in_use`, 400 `guard.invalid_input`, 404 `entity.not_found`.
    pub async fn put_identity(
        &self,
        user: &UserId,
        target: &str,
        identity: &WholeIdentity,
    ) -> Result<Identities, Error> {
        self.request(&endpoints::PUT_IDENTITY, &[user.as_str(), target], &[], Some(identity)).await
    }

    /// `DELETE /users/{userId}/identities/{target}`: unlinks a social account. Returns the user.
    ///
    /// # Errors
    /// 404 `user.identity_not_exist`, 404 `entity.not_found`.
    pub async fn delete_identity(&self, user: &UserId, target: &str) -> Result<User, Error> {
        let values = [user.as_str(), target];
        about(user, self.send(&endpoints::DELETE_IDENTITY, &values, &[], None::<&()>).await?)
    }
}
