//! Sessions and grants: listing them, ending them, and telling the server which one is this app's.

use std::sync::Arc;

use account_api::app::Outcome;
use account_api::secret::SecretText;
use account_api::sessions::{CurrentSessionRequest, EndOthersRequest, SessionsEndedView, SessionsView};
use account_api::step_up::Purpose;
use secrecy::ExposeSecret;

use super::App;
use crate::backend::path_id::PathId;
use crate::backend::routes;
use crate::error::Error;
use crate::session::Session;
use crate::step_up::StepUpRequirement;

impl App {
    /// Lists the browser sessions and the grants of apps.
    ///
    /// # Errors
    /// As [`App::account_refresh`].
    pub async fn sessions_list(self: &Arc<Self>, account_id: &str) -> Result<SessionsView, Error> {
        let session = self.session(account_id)?;
        self.report_own_session(&session).await;
        self.ask(&session, routes::sessions()).await
    }

    /// Ends one browser session with its grants.
    ///
    /// # Errors
    /// `InvalidArgument` for an id that cannot be one, and as [`App::account_refresh`].
    pub async fn session_end(
        self: &Arc<Self>,
        account_id: &str,
        id: &str,
    ) -> Result<Outcome<SessionsEndedView>, Error> {
        let session = self.session(account_id)?;
        let id = PathId::parse(id, "session")?;
        self.sensitive(&session, ending(&id), routes::session_end(&id)).await
    }

    /// Ends the access of one app.
    ///
    /// # Errors
    /// As [`App::session_end`].
    pub async fn grant_end(
        self: &Arc<Self>,
        account_id: &str,
        id: &str,
    ) -> Result<Outcome<SessionsEndedView>, Error> {
        let session = self.session(account_id)?;
        let id = PathId::parse(id, "grant")?;
        self.sensitive(&session, ending(&id), routes::grant_end(&id)).await
    }

    /// Ends every other session and every other grant.
    ///
    /// # Errors
    /// As [`App::session_end`]; the server's `CurrentSessionUnknown` when the request has to name the session to
    /// keep.
    pub async fn sessions_end_others(
        self: &Arc<Self>,
        account_id: &str,
        request: EndOthersRequest,
    ) -> Result<Outcome<SessionsEndedView>, Error> {
        let session = self.session(account_id)?;
        if let Some(keep) = &request.keep {
            PathId::parse(keep, "keep")?;
        }
        let requirement = StepUpRequirement { purpose: Purpose::EndOtherSessions, target: String::new() };
        self.sensitive(&session, requirement, routes::sessions_end_others(&request)?).await
    }

    /// Sends the pending ID token, from which the settings server learns which browser session is this app's. A
    /// failure is retried before the next list.
    pub(super) async fn report_own_session(self: &Arc<Self>, session: &Arc<Session>) {
        let Some(id_token) = session.pending_id_token(self.dependencies.clock.elapsed()) else { return };
        let body = CurrentSessionRequest { id_token: SecretText::new(id_token.expose_secret().to_owned()) };
        let reported = async { self.ask(session, routes::session_current(&body)?).await };
        match reported.await {
            Ok(_) => session.clear_pending_id_token(),
            Err(error) => {
                tracing::info!(code = ?error.code(), "own session: not reported to the settings server yet (retried before the next list)");
            }
        }
    }
}

fn ending(id: &PathId) -> StepUpRequirement {
    StepUpRequirement { purpose: Purpose::EndSession, target: id.as_str().to_owned() }
}
