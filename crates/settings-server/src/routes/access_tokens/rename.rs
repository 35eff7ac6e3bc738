//! `PATCH {base}/access-tokens`: renames a personal access token.

use account_api::access_tokens::{AccessTokenRenameRequest, AccessTokensView};
use account_api::error::ServerCode;
use axum::routing::on;

use super::{FIELD, tokens, view};
use crate::changes::{AccountChange, ChangeContext, Intent, observe};
use crate::error::Failure;
use crate::http::actor::Actor;
use crate::http::body::JsonBody;
use crate::http::openapi::Document;
use crate::http::response::Json;
use crate::http::router::{Route, RouteBase};
use crate::logto::upstream::{self, Purpose};
use crate::policy::values::is_access_token_name;
use crate::routes::{SECURITY, errors};

pub(crate) const ROUTE: Route = Route {
    method: "PATCH",
    base: RouteBase::Base,
    path: "/access-tokens",
    scopes: SECURITY,
    operation: "access_token_rename",
    summary: "Renames a personal access token.",
    errors: &[
        errors::ACCOUNT,
        errors::BODY,
        &[ServerCode::FieldNotEditable, ServerCode::IdentifierUnavailable, ServerCode::AccessTokenNotFound],
    ],
    step_up: &[],
    needs_instance: true,
    idempotent: true,
    request: Some(Document::json::<AccessTokenRenameRequest>),
    response: Document::json::<AccessTokensView>,
    handler: |method| on(method, handle),
};

pub(crate) async fn handle(
    change: AccountChange<Actor>,
    JsonBody(request): JsonBody<AccessTokenRenameRequest>,
) -> Result<Json<AccessTokensView>, Failure> {
    if request.from != request.to && !is_access_token_name(&request.to) {
        return Err(Failure::invalid_value("to"));
    }
    change.run(move |change| async move { write(&change, request).await }).await.map(Json)
}

async fn write(
    change: &ChangeContext<Actor>,
    request: AccessTokenRenameRequest,
) -> Result<AccessTokensView, Failure> {
    let (state, actor) = (&change.state, &change.sender);
    let id = &actor.caller.user;
    let AccessTokenRenameRequest { from, to } = request;
    let (_, policy) = state.account(&actor.caller).await?;
    policy.access_tokens.demand_edit(FIELD)?;
    let mut present = tokens(state, id).await?;
    if !change.is_replayed() {
        let token = present.iter().position(|token| token.name == from);
        let token = token.ok_or(upstream::access_token_not_found())?;
        if from == to {
            return Ok(view(state, policy.access_tokens, present));
        }
        if present.iter().any(|token| token.name == to) {
            return Err(upstream::access_token_taken("to"));
        }
        let intent = Intent::default()
            .expecting(observe::access_token_field(state, id, &from), &from, None::<&str>)
            .expecting(observe::access_token_field(state, id, &to), None::<&str>, &to);
        let write = async {
            let renamed = state.logto.rename_personal_access_token(id, &from, &to).await;
            renamed.map_err(|error| upstream::failure(&error, Purpose::WriteAccessToken("to")))
        };
        change.apply(intent, write).await?;
        present[token].name = to;
    }
    Ok(view(state, policy.access_tokens, present))
}
