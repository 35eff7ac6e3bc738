//! What the server is compared with: a minimal axum route that reads one user of Logto through reqwest and passes the
//! answer on, and a blank route.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};

/// Prints its address and answers until it is ended.
pub(crate) async fn serve(user_url: &str, token: &str) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let read: Arc<(String, String)> = Arc::new((user_url.to_owned(), format!("Bearer {token}")));
    let pass_on = move || {
        let (http, read) = (http.clone(), Arc::clone(&read));
        async move {
            let answer = http.get(&read.0).header(AUTHORIZATION, &read.1).send().await.unwrap();
            let status = answer.status();
            (status, [(CONTENT_TYPE, "application/json")], answer.bytes().await.unwrap())
        }
    };
    let router = Router::new().route("/user", get(pass_on)).route("/blank", get(|| async { "" }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    #[expect(clippy::print_stdout, reason = "the process that started this one reads it")]
    {
        println!("{}", listener.local_addr().unwrap());
    }
    axum::serve(listener, router).await.unwrap();
}
