//! The baseline of the server: minimal axum routes that pass requests on to Logto through reqwest (one read of a user;
//! a read and then a write, which a safe change needs), and a blank route.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::routing::{get, patch};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName};
use reqwest::{Method, RequestBuilder, StatusCode};

/// Prints its address and answers until it is ended. `/user` is the user of this id; `/users/{id}` is any.
pub(crate) async fn serve(users_url: &str, id: &str, token: &str) {
    let logto = Arc::new(Logto {
        http: reqwest::Client::builder().no_proxy().build().unwrap(),
        users_url: users_url.to_owned(),
        authorization: format!("Bearer {token}"),
    });
    let id = id.to_owned();
    let read = {
        let logto = Arc::clone(&logto);
        move || {
            let (logto, id) = (Arc::clone(&logto), id.clone());
            async move { answer(logto.request(Method::GET, &id)).await }
        }
    };
    let change = move |Path(id): Path<String>, body: Bytes| async move {
        answer(logto.request(Method::GET, &id)).await;
        answer(logto.request(Method::PATCH, &id).header(CONTENT_TYPE, "application/json").body(body)).await
    };
    let router = Router::new()
        .route("/user", get(read))
        .route("/users/{id}", patch(change))
        .route("/blank", get(|| async { "" }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    #[expect(clippy::print_stdout, reason = "the process that started this one reads it")]
    {
        println!("{}", listener.local_addr().unwrap());
    }
    axum::serve(listener, router).await.unwrap();
}

/// Logto's users.
struct Logto {
    http: reqwest::Client,
    users_url: String,
    authorization: String,
}

impl Logto {
    fn request(&self, method: Method, id: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}/{id}", self.users_url));
        request.header(AUTHORIZATION, &self.authorization)
    }
}

/// Logto's answer, passed on.
async fn answer(request: RequestBuilder) -> (StatusCode, [(HeaderName, &'static str); 1], Bytes) {
    let answer = request.send().await.unwrap();
    (answer.status(), [(CONTENT_TYPE, "application/json")], answer.bytes().await.unwrap())
}
