//! Changes of users' names: by one user after another, or by several at once.

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::stage::Side;

/// Changes of the name, one user after another.
pub(crate) struct Changes {
    side: Side,
    /// How many were made.
    made: u32,
}

impl Changes {
    pub(crate) fn new(side: Side) -> Self {
        Self { side, made: 0 }
    }

    /// Makes this many changes and returns how long each took, in milliseconds. The last of the side's users is left
    /// out.
    pub(crate) async fn make(&mut self, count: u32) -> Vec<f64> {
        let mut times = Vec::new();
        for _ in 0..count {
            times.push(self.next().await);
        }
        times
    }

    /// Makes this many changes of as many users at once.
    pub(crate) async fn make_at_once(&mut self, count: u32) -> Vec<f64> {
        let all: Vec<_> = (0..count).map(|_| tokio::spawn(self.next())).collect();
        let mut times = Vec::new();
        for one in all {
            times.push(one.await.unwrap());
        }
        times
    }

    /// Makes the next change. Returns how long it took, in milliseconds.
    fn next(&mut self) -> impl Future<Output = f64> + Send + 'static {
        let users = u32::try_from(self.side.tokens.len() - 1).unwrap();
        let (user, turn) = (self.made % users, self.made / users);
        self.made += 1;
        let index = usize::try_from(user).unwrap();
        let (url, body) = match self.side.urls.as_slice() {
            [account] => (account.clone(), json!({ "name": { "from": name(turn), "to": name(turn + 1) } })),
            users => (users[index].clone(), json!({ "name": name(turn + 1) })),
        };
        let request = self.side.http.patch(url).bearer_auth(&self.side.tokens[index]);
        let request = request.header("x-forwarded-for", format!("198.51.100.{user}")).json(&body);
        async move {
            let began = Instant::now();
            let answer = request.send().await.unwrap();
            let status = answer.status();
            let answer: Value = answer.json().await.unwrap();
            assert!(status == 200, "{status} {answer}");
            began.elapsed().as_secs_f64() * 1_000.0
        }
    }
}

/// Returns the name after this many changes; the first one is what the sandbox gives each user.
fn name(turn: u32) -> String {
    if turn == 0 { "Alice Example".to_owned() } else { format!("Name {turn}") }
}
