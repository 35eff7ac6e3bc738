//! Pictures of views, and axe on each: what `cargo xtask screenshots` saves.

use e2e::session::Session;
use e2e::wait::{self, PATIENCE};
use e2e::window::Window;
use e2e::{Failure, Outcome, axe, ensure};
use serde_json::json;

/// Checks each view and what is open over it: saves a screenshot and runs axe.
pub(crate) struct Gallery<'a> {
    session: &'a Session,
    theme: &'static str,
    seen: Vec<String>,
    violations: Vec<String>,
}

impl<'a> Gallery<'a> {
    /// Starts with a desktop that prefers light.
    pub(crate) fn light(session: &'a Session) -> Self {
        Self { session, theme: "light", seen: Vec::new(), violations: Vec::new() }
    }

    /// As [`Self::light`], on a desktop that prefers dark.
    pub(crate) fn dark(session: &'a Session) -> Self {
        session.set_dark(true);
        Self { theme: "dark", ..Self::light(session) }
    }

    /// Whether a view was checked.
    pub(crate) fn has(&self, view: &str) -> bool {
        self.seen.iter().any(|seen| seen == view)
    }

    /// Fails with everything that axe found.
    pub(crate) fn finish(self) -> Outcome {
        ensure(self.violations.is_empty(), self.violations.join("\n"))
    }

    /// Checks a view.
    pub(crate) async fn look(&mut self, window: &Window, view: &str) -> Outcome {
        window.wait_for_view(view).await?;
        self.seen.push(view.to_owned());
        self.keep(window, view).await
    }

    /// Checks what is open over a view, or a state of it.
    pub(crate) async fn look_over(&mut self, window: &Window, view: &str, over: &str) -> Outcome {
        self.keep(window, &format!("{view}-{over}")).await
    }

    async fn keep(&mut self, window: &Window, name: &str) -> Outcome {
        let theme = window.script("return document.documentElement.dataset.theme").await?;
        if theme != json!(self.theme) {
            return Err(Failure::Failed(format!("{name} is drawn in {theme} on a {} desktop", self.theme)));
        }
        // Animations would be half-way in the picture, and half-transparent for axe.
        let settled = "return document.getAnimations().every(a => a.playState !== 'running' || \
                       a.effect.getComputedTiming().iterations === Infinity)";
        wait::until(&format!("{name} to come to rest"), PATIENCE, || async {
            Ok(window.script(settled).await? == json!(true))
        })
        .await?;
        let file = self.session.config.screenshots.join(format!("{name}-{}.png", self.theme));
        window.picture(&file).await?;
        for violation in axe::violations(self.session, window).await? {
            self.violations.push(format!("{name} ({}): {violation}", self.theme));
        }
        Ok(())
    }
}
