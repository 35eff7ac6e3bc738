//! The cost of changing from one page to another: from the click until the second frame with the page on it, against
//! the same click on an empty view.

use e2e::window::Window;
use e2e::{Failure, Outcome};
use serde_json::{Value, json};

/// The pages that are changed between, back and forth.
const PAGES: [&str; 5] = ["profile", "security", "devices", "settings", "overview"];

/// Clicks and counts. The floor hides the content of `main`: what is left is the frame of a window without a view.
const MEASURE: &str = "
    const [page, empty, done] = [arguments[0], arguments[1], arguments[2]];
    const main = () => document.querySelector('main');
    const frame = () => new Promise(requestAnimationFrame);
    const drawn = () => empty || (main()?.dataset.view === page && main().querySelector('h1'));
    (async () => {
        await frame();
        const began = performance.now();
        if (empty) main().style.visibility = 'hidden';
        else document.querySelector(`[data-testid=nav-${page}]`).click();
        do { await frame(); } while (!drawn());
        await frame();
        const took = performance.now() - began;
        if (empty) { main().style.visibility = ''; await frame(); await frame(); }
        done(took);
    })();
";

/// Milliseconds of every change, and of the same number of changes to nothing.
pub(crate) struct Changes {
    pub(crate) floor: Vec<f64>,
    pub(crate) pages: Vec<f64>,
}

/// Changes through all pages `rounds` times. A first round, which loads them, is not counted.
pub(crate) async fn measure(window: &Window, rounds: u32) -> Outcome<Changes> {
    let mut changes = Changes { floor: Vec::new(), pages: Vec::new() };
    for round in 0..=rounds {
        for page in PAGES {
            let floor = one(window, page, true).await?;
            let full = one(window, page, false).await?;
            if round > 0 {
                changes.floor.push(floor);
                changes.pages.push(full);
            }
        }
    }
    Ok(changes)
}

async fn one(window: &Window, page: &str, empty: bool) -> Outcome<f64> {
    let answer: Value = window.client.execute_async(MEASURE, vec![json!(page), json!(empty)]).await?;
    answer.as_f64().ok_or_else(|| Failure::Failed(format!("changing to {page} gave {answer}")))
}
