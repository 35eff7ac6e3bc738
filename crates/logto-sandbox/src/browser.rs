//! A browser without a window, in the same process: follows redirects with a cookie jar, signs in through the
//! Experience API and submits the forms that Logto's pages submit by themselves.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use http::Method;
use http::header::{CONTENT_TYPE, COOKIE, HeaderValue, USER_AGENT};
use serde_json::Value;

use crate::http::{Reply, Request};
use crate::server::{self, Shared};

/// The maximum number of redirects, more than any flow needs.
const MAX_STEPS: usize = 30;

/// Why a flow did not end at the application's redirect URI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BrowserError {
    /// A page or call answered with an error; `code` is Logto's, if it has one.
    Refused {
        /// The status.
        status: u16,
        /// Logto's code, such as `session.invalid_credentials`.
        code: Option<String>,
    },
    /// The URL is not the sandbox's.
    ForeignUrl,
    /// The connection was cut by a fault.
    Dropped,
    /// The flow did not end.
    TooManySteps,
}

impl fmt::Display for BrowserError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { status, code } => {
                write!(formatter, "refused with {status} ({})", code.as_deref().unwrap_or("no code"))
            }
            Self::ForeignUrl => formatter.write_str("the URL does not belong to the sandbox"),
            Self::Dropped => formatter.write_str("the connection was dropped"),
            Self::TooManySteps => formatter.write_str("the flow did not end"),
        }
    }
}

impl std::error::Error for BrowserError {}

#[derive(Clone)]
struct Cookie {
    name: String,
    value: String,
    path: String,
}

/// A browser with a cookie jar that lasts as long as it does. Clones share the jar.
#[derive(Clone)]
pub struct Browser {
    pub(crate) shared: Arc<Shared>,
    cookies: Arc<Mutex<Vec<Cookie>>>,
}

impl fmt::Debug for Browser {
    /// Session cookies are secrets.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Browser").finish_non_exhaustive()
    }
}

/// A sign-in method and its input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInBy {
    /// With a password.
    Password {
        /// User name, e-mail address or phone number.
        identifier: String,
        /// The password.
        password: String,
    },
    /// With a code, which is read from the outbox.
    Code {
        /// E-mail address or phone number.
        identifier: String,
    },
    /// With a social account, if the sign-in page shows its connector.
    Social {
        /// The connector's target.
        target: String,
        /// The user's id at the provider.
        user_id: String,
        /// The e-mail address the provider has.
        email: Option<String>,
    },
    /// With an account at the organisation's own provider.
    Enterprise {
        /// The id of the connector.
        connector: String,
        /// The user's id at the provider.
        user_id: String,
    },
}

/// The user's action on the sign-in page.
enum UserAction<'a> {
    SignsIn(&'a SignInBy),
    Cancels,
}

impl Browser {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, cookies: Arc::default() }
    }

    /// Opens an authorization URL and signs in if necessary. Returns the final redirect URL, which carries `code` or
    /// `error`.
    ///
    /// # Errors
    /// [`BrowserError`] when a page or call refuses, for example because of a wrong password.
    pub async fn authorize(&self, url: &str, username: &str, password: &str) -> Result<String, BrowserError> {
        let (identifier, password) = (username.to_owned(), password.to_owned());
        self.authorize_by(url, &SignInBy::Password { identifier, password }).await
    }

    /// Opens an authorization URL and signs in if necessary, by any method. Returns the final redirect URL.
    ///
    /// # Errors
    /// [`BrowserError`] when a page or call refuses, for example because the tenant does not allow the method.
    pub async fn authorize_by(&self, url: &str, sign_in_by: &SignInBy) -> Result<String, BrowserError> {
        self.run(url, &UserAction::SignsIn(sign_in_by)).await
    }

    /// Opens an authorization URL and cancels on the sign-in page; the redirect carries `error=access_denied`.
    ///
    /// # Errors
    /// [`BrowserError`] when a page refuses.
    pub async fn deny(&self, url: &str) -> Result<String, BrowserError> {
        self.run(url, &UserAction::Cancels).await
    }

    /// Opens any URL of the sandbox, such as the end-session endpoint, following redirects and forms. Returns the
    /// first URL that is not the sandbox's, or the last page's own.
    ///
    /// # Errors
    /// [`BrowserError`] when a page refuses.
    pub async fn open(&self, url: &str) -> Result<String, BrowserError> {
        self.run(url, &UserAction::Cancels).await
    }

    async fn run(&self, url: &str, person: &UserAction<'_>) -> Result<String, BrowserError> {
        let mut url = url.to_owned();
        for _ in 0..MAX_STEPS {
            let Some(target) = self.own(&url) else {
                return Ok(url);
            };
            if target.starts_with("/sign-in?") || target.starts_with("/register?") {
                url = match person {
                    UserAction::SignsIn(sign_in_by) => self.sign_in(sign_in_by).await?,
                    UserAction::Cancels => "/sign-in/cancel".to_owned(),
                };
                continue;
            }
            let reply = self.send(Request::new(Method::GET, &target)).await?;
            match next(&reply)? {
                Next::Go(location) => url = location,
                Next::Submit { action, fields } => {
                    let target = self.own(&action).ok_or(BrowserError::ForeignUrl)?;
                    let mut request = Request::new(Method::POST, &target);
                    let form =
                        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
                    request.body = form.into();
                    let form_type = HeaderValue::from_static("application/x-www-form-urlencoded");
                    request.headers.insert(CONTENT_TYPE, form_type);
                    match next(&self.send(request).await?)? {
                        Next::Go(location) => url = location,
                        Next::Submit { .. } | Next::Stay => return Ok(action),
                    }
                }
                Next::Stay => return Ok(url),
            }
        }
        Err(BrowserError::TooManySteps)
    }

    /// Returns the path and query of a URL of the sandbox.
    fn own(&self, url: &str) -> Option<String> {
        if url.starts_with('/') {
            return Some(url.to_owned());
        }
        let base = self.shared.state().base_url.clone();
        url.strip_prefix(&base).filter(|rest| rest.starts_with('/')).map(str::to_owned)
    }

    pub(crate) async fn call(&self, method: Method, path: &str, body: &Value) -> Result<Value, BrowserError> {
        let mut request = Request::new(method, path);
        if !body.is_null() {
            request.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            request.body = body.to_string().into();
        }
        let reply = self.send(request).await?;
        let value: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        if reply.status >= 400 {
            return Err(refused(&reply));
        }
        Ok(value)
    }

    async fn send(&self, mut request: Request) -> Result<Reply, BrowserError> {
        request.headers.insert(USER_AGENT, HeaderValue::from_static("sandbox-browser/1.0"));
        let header = {
            let jar = self.cookies.lock().unwrap_or_else(PoisonError::into_inner);
            jar.iter()
                .filter(|cookie| request.path.starts_with(&cookie.path))
                .map(|cookie| format!("{}={}", cookie.name, cookie.value))
                .collect::<Vec<_>>()
                .join("; ")
        };
        if let Ok(value) = HeaderValue::try_from(header) {
            request.headers.insert(COOKIE, value);
        }
        let reply = self.shared.answer(&server::LOGTO, request, false).await.ok_or(BrowserError::Dropped)?;
        let mut jar = self.cookies.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, line) in reply.headers.iter().filter(|(name, _)| name == "set-cookie") {
            store(&mut jar, line);
        }
        Ok(reply)
    }
}

fn store(jar: &mut Vec<Cookie>, line: &str) {
    let mut parts = line.split(';').map(str::trim);
    let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { return };
    let attributes: Vec<&str> = parts.collect();
    let path = attributes.iter().find_map(|attribute| attribute.strip_prefix("path=")).unwrap_or("/");
    jar.retain(|cookie| !(cookie.name == name && cookie.path == path));
    if !attributes.contains(&"max-age=0") {
        jar.push(Cookie { name: name.to_owned(), value: value.to_owned(), path: path.to_owned() });
    }
}

/// The next step of a browser after a page.
enum Next {
    Go(String),
    Submit { action: String, fields: Vec<(String, String)> },
    Stay,
}

fn next(reply: &Reply) -> Result<Next, BrowserError> {
    if let Some(location) = reply.header("location").filter(|_| (300..400).contains(&reply.status)) {
        return Ok(Next::Go(location.to_owned()));
    }
    if reply.status >= 400 {
        return Err(refused(reply));
    }
    let page = String::from_utf8_lossy(&reply.body);
    if !page.contains("op.logoutForm") {
        return Ok(Next::Stay);
    }
    let between = |start: &str| {
        let rest = page.split_once(start)?.1;
        Some(rest.split_once('"')?.0.to_owned())
    };
    let (Some(action), Some(xsrf)) = (between("action=\""), between("name=\"xsrf\" value=\"")) else {
        return Ok(Next::Stay);
    };
    Ok(Next::Submit { action, fields: vec![("xsrf".into(), xsrf), ("logout".into(), "yes".into())] })
}

fn refused(reply: &Reply) -> BrowserError {
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let code = body.get("code").and_then(Value::as_str).map(str::to_owned);
    BrowserError::Refused { status: reply.status, code }
}
