//! Sends recorded requests with fresh values where the recording masks them, and compares the answers.

use std::collections::{BTreeMap, BTreeSet};

use logto_sandbox::Sandbox;
use reqwest::header::{COOKIE, HeaderValue, LOCATION, SET_COOKIE};
use reqwest::{Client, Method, Response};
use serde_json::{Map, Value, json};

use super::fixture;
use super::recording::Recording;
use super::shape;
use crate::support::{self, VERIFIER};

/// What is remembered of one browser.
#[derive(Default)]
pub(super) struct BrowserState {
    cookies: BTreeMap<(String, String), String>,
    /// Where the last answer sent the browser.
    pub(super) location: String,
    xsrf: String,
    verification: String,
    code: String,
}

/// Replays recordings one after the other against one sandbox.
pub(crate) struct Engine {
    pub(super) sandbox: Sandbox,
    pub(super) client: Client,
    plans: Map<String, Value>,
    used_plans: BTreeSet<String>,
    pub(super) browsers: BTreeMap<String, BrowserState>,
    /// Tokens by `name of the exchange.member`, other values by their own name.
    pub(super) values: BTreeMap<String, String>,
    /// The objects made while the tenant was set up: the recorded id, and the id here.
    pub(super) ids: BTreeMap<String, String>,
}

impl Engine {
    pub(crate) async fn start() -> Self {
        let plans: Map<String, Value> = serde_json::from_str(include_str!("plan.json")).unwrap();
        let sandbox = fixture::start().await;
        let mut engine = Self {
            sandbox,
            client: support::client(),
            plans,
            used_plans: BTreeSet::new(),
            browsers: BTreeMap::new(),
            values: BTreeMap::new(),
            ids: BTreeMap::new(),
        };
        engine.remember_management_token("management").await;
        engine
    }

    pub(crate) fn unused_plans(&self) -> Vec<String> {
        self.plans.keys().filter(|name| !self.used_plans.contains(*name)).cloned().collect()
    }

    pub(super) async fn remember_management_token(&mut self, name: &str) {
        let token = support::management_token(&self.sandbox).await;
        self.values.insert(name.to_owned(), token);
    }

    pub(super) fn value(&self, name: &str) -> Result<String, String> {
        self.values.get(name).cloned().ok_or_else(|| format!("nothing is known as {name}"))
    }

    /// Replays one recording; the error says what differs.
    pub(crate) async fn replay(&mut self, recording: &Recording) -> Result<(), String> {
        let plan = self.plans.get(&recording.name).cloned().unwrap_or_default();
        if !plan.is_null() {
            self.used_plans.insert(recording.name.clone());
        }
        for step in plan["before"].as_array().into_iter().flatten() {
            self.prepare(step).await?;
        }
        let browser = plan["browser"].as_str().map_or_else(|| browser_of(&recording.name), str::to_owned);
        let answer = self.send(recording, &plan, &browser).await?;
        self.compare(recording, &plan, answer, &browser).await
    }

    pub(super) fn remember_tokens(&mut self, name: &str, body: &Value) {
        for member in ["access_token", "refresh_token", "id_token"] {
            if let Some(value) = body[member].as_str() {
                self.values.insert(format!("{name}.{member}"), value.to_owned());
            }
        }
    }

    /// Replaces recorded ids by known ones, in requests that set a tenant up.
    fn with_known_ids(&self, recording: &Recording, text: &str) -> String {
        if !is_setup(recording) {
            return text.to_owned();
        }
        self.ids.iter().fold(text.to_owned(), |text, (recorded, known)| text.replace(recorded, known))
    }

    /// Replaces `{name}` in a path by a remembered value.
    pub(super) fn fill_path(&self, path: &str) -> Result<String, String> {
        let mut filled = String::new();
        let mut rest = path;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').ok_or("an open brace in a path")?;
            filled.push_str(before);
            filled.push_str(&self.value(name)?);
            rest = after;
        }
        Ok(filled + rest)
    }

    pub(super) async fn send(
        &mut self,
        recording: &Recording,
        plan: &Value,
        browser: &str,
    ) -> Result<Response, String> {
        let state = self.browsers.entry(browser.to_owned()).or_default();
        let base = self.sandbox.base_url();
        let path = match plan["path"].as_str() {
            Some(path) => self.fill_path(path)?,
            None if recording.path.starts_with("/oidc/auth/") => {
                let target = state.location.strip_prefix(&base).unwrap_or(&state.location);
                target.to_owned()
            }
            None => self.with_known_ids(recording, &recording.path),
        };
        let mut url = url::Url::parse(&format!("{base}{path}")).map_err(|error| error.to_string())?;
        for (name, value) in &recording.query {
            let value = match name.as_str() {
                "code_challenge" => support::challenge(),
                "id_token_hint" => self.value(plan["id_token_hint"].as_str().unwrap_or_default())?,
                _ => value.clone(),
            };
            url.query_pairs_mut().append_pair(name, &value);
        }
        let method: Method = recording.method.parse().unwrap();
        let mut request = self.client.request(method, url);
        for (name, value) in recording.headers.iter().filter(|(name, _)| name != "content-type") {
            let value = match plan["headers"][name].as_str() {
                Some(known) => self.value(known)?,
                None => value.clone(),
            };
            request = request.header(name, value);
        }
        let state = self.browsers.entry(browser.to_owned()).or_default();
        let cookies: Vec<String> = state
            .cookies
            .iter()
            .filter(|((cookie_path, _), _)| path.starts_with(cookie_path))
            .map(|((_, name), value)| format!("{name}={value}"))
            .collect();
        if !cookies.is_empty() {
            request = request.header(COOKIE, HeaderValue::try_from(cookies.join("; ")).unwrap());
        }
        request = self.authorize(request, recording, plan)?;
        request = self.body(request, recording, plan, browser)?;
        request.send().await.map_err(|error| error.to_string())
    }

    /// Adds the credentials: those of the plan, or those that such a call usually has.
    fn authorize(
        &self,
        request: reqwest::RequestBuilder,
        recording: &Recording,
        plan: &Value,
    ) -> Result<reqwest::RequestBuilder, String> {
        let secret = self.sandbox.m2m_client_secret();
        let usual = if recording.path.starts_with("/api/users")
            || (recording.path.starts_with("/api/") && !recording.path.starts_with("/api/experience"))
        {
            "bearer management"
        } else if recording.body["grant_type"] == "client_credentials"
            && recording.body["client_id"].is_null()
        {
            "basic"
        } else {
            "none"
        };
        let words: Vec<&str> = plan["authorization"].as_str().unwrap_or(usual).split(' ').collect();
        Ok(match words.as_slice() {
            ["none"] => request,
            ["basic"] => request.basic_auth(self.sandbox.m2m_client_id(), Some(secret)),
            ["basic-wrong-secret"] => request.basic_auth(self.sandbox.m2m_client_id(), Some("wrong")),
            ["basic-unknown-client"] => request.basic_auth("nope", Some("wrong")),
            ["basic-roleless"] => request.basic_auth(fixture::ROLELESS.0, Some(fixture::ROLELESS.1)),
            ["bearer", name] => request.bearer_auth(self.value(name)?),
            ["bearer-garbage"] => request.bearer_auth("garbage"),
            ["bearer-tampered", name] => {
                let token = self.value(name)?;
                let (head, signature) = token.rsplit_once('.').ok_or("not a JWT")?;
                let first = if signature.starts_with('A') { 'B' } else { 'A' };
                request.bearer_auth(format!("{head}.{first}{}", &signature[1..]))
            }
            ["other-scheme"] => request.header("authorization", "Token x"),
            other => return Err(format!("unknown authorization {other:?}")),
        })
    }

    fn body(
        &self,
        request: reqwest::RequestBuilder,
        recording: &Recording,
        plan: &Value,
        browser: &str,
    ) -> Result<reqwest::RequestBuilder, String> {
        let state = self.browsers.get(browser);
        let content_type = recording
            .headers
            .iter()
            .find(|(name, _)| name == "content-type")
            .map(|(_, value)| value.as_str());
        let mut body: Value =
            serde_json::from_str(&self.with_known_ids(recording, &recording.body.to_string())).unwrap();
        // What the recordings leave out of a request, too.
        if let (Some(fields), Some(whole)) = (body.as_object_mut(), plan["body"].as_object()) {
            fields.extend(whole.clone());
        }
        if let Some(fields) = body.as_object_mut() {
            for (name, value) in fields.iter_mut() {
                if let Some(known) = plan["bind"][name].as_str() {
                    *value = self.value(known)?.into();
                    continue;
                }
                let Some(text) = value.as_str() else { continue };
                *value = match name.as_str() {
                    "code" if text.starts_with('<') => {
                        state.map(|state| state.code.clone()).unwrap_or_default().into()
                    }
                    "code_verifier" if text.contains("64 chars") => VERIFIER.into(),
                    "code_verifier" => "another-verifier-0123456789-0123456789-0123456789".into(),
                    "client_secret" => self.sandbox.m2m_client_secret().into(),
                    "verificationId" => {
                        state.map(|state| state.verification.clone()).unwrap_or_default().into()
                    }
                    "xsrf" => state.map(|state| state.xsrf.clone()).unwrap_or_default().into(),
                    _ if text.starts_with('<') => return Err(format!("{name} is masked and not bound")),
                    _ => continue,
                };
            }
        }
        expand(&mut body);
        Ok(match &body {
            Value::Null => request,
            Value::Object(fields)
                if content_type
                    .map_or(!recording.path.starts_with("/api/"), |kind| kind.contains("urlencoded")) =>
            {
                let fields: Vec<(&str, &str)> = fields
                    .iter()
                    .map(|(name, value)| (name.as_str(), value.as_str().unwrap_or_default()))
                    .collect();
                request.form(&fields)
            }
            Value::String(text) => request.header("content-type", "application/json").body(text.clone()),
            other => request.json(other),
        })
    }

    async fn compare(
        &mut self,
        recording: &Recording,
        plan: &Value,
        answer: Response,
        browser: &str,
    ) -> Result<(), String> {
        let status = answer.status().as_u16();
        let headers = answer.headers().clone();
        let text = answer.text().await.map_err(|error| error.to_string())?;
        let body: Value = serde_json::from_str(&text).unwrap_or_else(|_| Value::String(text.clone()));
        self.remember_tokens(&recording.name, &body);
        if let (true, Some(recorded), Some(known)) =
            (is_setup(recording), recording.answer["id"].as_str(), body["id"].as_str())
        {
            self.ids.insert(recorded.to_owned(), known.to_owned());
        }
        self.remember_browser(browser, &headers, &text, &body);
        if let Some(tag) = headers.get("etag").and_then(|tag| tag.to_str().ok()) {
            self.values.insert(format!("{}.etag", recording.name), tag.to_owned());
        }
        if status != recording.status {
            return Err(format!("{status} where {} was recorded: {text}", recording.status));
        }
        let kind = |text: &str| text.split(';').next().unwrap_or_default().to_owned();
        let answered_type =
            headers.get("content-type").and_then(|value| value.to_str().ok()).map(kind).unwrap_or_default();
        for (name, recorded) in &recording.answer_headers {
            let answered = headers.get(name.as_str()).and_then(|value| value.to_str().ok());
            match (name.as_str(), answered) {
                ("content-type", _) if kind(recorded) == answered_type => {}
                ("location", Some(answered)) if shape::location(recorded) == shape::location(answered) => {}
                ("content-type" | "location", answered) => {
                    return Err(format!("{name} is {answered:?} where {recorded} was recorded"));
                }
                ("total-number", _) if recorded.is_empty() => {}
                ("www-authenticate" | "etag" | "total-number" | "link" | "cache-control", None) => {
                    return Err(format!("the header {name} is missing"));
                }
                _ => {}
            }
        }
        if recording.answer.get("<truncated>").is_some() || answered_type == "text/html" {
            return Ok(());
        }
        if recording.answer["code"] != body["code"] {
            return Err(format!("code {} where {} was recorded", body["code"], recording.answer["code"]));
        }
        if recording.path.ends_with("/authorization-uri")
            && recording.answer["redirectTo"] != body["redirectTo"]
        {
            return Err(format!(
                "{} where {} was recorded",
                body["redirectTo"], recording.answer["redirectTo"]
            ));
        }
        // Each rule that a password breaks counts, and in this order.
        let issues = |answer: &Value| -> Vec<Value> {
            let issues = answer["issues"].as_array().into_iter().flatten();
            issues.map(|issue| json!([issue["code"], issue["interpolation"]])).collect()
        };
        if issues(&recording.answer) != issues(&body) {
            return Err(format!(
                "issues {} where {} were recorded",
                body["issues"], recording.answer["issues"]
            ));
        }
        let recorded = if recording.answer.is_null() && text.is_empty() {
            Value::String(String::new())
        } else {
            recording.answer.clone()
        };
        let mut problem = shape::difference(&recorded, &body, "");
        if let (Some(found), Some(allowed)) = (&problem, plan["allow"].as_str())
            && found.starts_with(allowed)
        {
            problem = None;
        }
        if let Some(problem) = problem {
            return Err(problem);
        }
        compare_tokens(&recording.decoded, &body)
    }

    pub(super) fn remember_browser(
        &mut self,
        browser: &str,
        headers: &reqwest::header::HeaderMap,
        text: &str,
        body: &Value,
    ) {
        let state = self.browsers.entry(browser.to_owned()).or_default();
        for line in headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok()) {
            let mut parts = line.split(';').map(str::trim);
            let (name, value) = parts.next().and_then(|pair| pair.split_once('=')).unwrap();
            let attributes: Vec<&str> = parts.collect();
            let path = attributes.iter().find_map(|attribute| attribute.strip_prefix("path=")).unwrap_or("/");
            let key = (path.to_owned(), name.to_owned());
            if attributes.contains(&"max-age=0") {
                state.cookies.remove(&key);
            } else {
                state.cookies.insert(key, value.to_owned());
            }
        }
        let redirect = headers.get(LOCATION).and_then(|value| value.to_str().ok());
        if let Some(target) = redirect.or_else(|| body["redirectTo"].as_str()) {
            target.clone_into(&mut state.location);
            if let Some(code) =
                target.split_once("code=").map(|(_, rest)| rest.split('&').next().unwrap_or_default())
            {
                code.clone_into(&mut state.code);
            }
        }
        if let Some((_, rest)) = text.split_once("name=\"xsrf\" value=\"") {
            rest.split('"').next().unwrap_or_default().clone_into(&mut state.xsrf);
        }
        if let Some(id) = body["verificationId"].as_str() {
            id.clone_into(&mut state.verification);
        }
    }
}

/// Whether a recording is of setting a tenant up.
fn is_setup(recording: &Recording) -> bool {
    recording.name.starts_with("provision-")
}

/// Each flow has its own browser; its name is what comes before the step's name.
fn browser_of(name: &str) -> String {
    for step in ["-authorize", "-experience-", "-follow-", "-token-code", "-autosubmit"] {
        if let Some((flow, _)) = name.split_once(step) {
            return flow.to_owned();
        }
    }
    name.to_owned()
}

/// Writes out `xxx<… 60000 chars>` again.
fn expand(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Some((_, rest)) = text.split_once("<\u{2026} ") {
                let length: usize = rest.split(' ').next().unwrap().parse().unwrap();
                *text = "x".repeat(length);
            }
        }
        Value::Object(fields) => fields.values_mut().for_each(expand),
        _ => {}
    }
}

/// Compares the headers and the claims of issued tokens by shape.
fn compare_tokens(decoded: &Value, body: &Value) -> Result<(), String> {
    for (name, recorded) in decoded.as_object().into_iter().flatten() {
        let token = body[name].as_str().unwrap_or_default();
        let answered = json!({"header": support::header(token), "claims": support::claims(token)});
        if let Some(problem) = shape::difference(recorded, &answered, name) {
            return Err(problem);
        }
        for member in ["alg", "typ"] {
            if recorded["header"][member] != answered["header"][member] {
                return Err(format!("{name}/header/{member} differs"));
            }
        }
    }
    Ok(())
}
