//! The app's real window, driven as a user drives it: by keyboard, and only what is on the page.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use fantoccini::actions::{InputSource, KeyAction, KeyActions, MouseActions, PointerAction};
use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::{Client, Locator};
use serde_json::{Map, Value, json};

use crate::failure::{Failure, Outcome, ensure};
use crate::session::Session;
use crate::{keyring, processes, wait, webdriver};

/// The most presses of a key that lead to any element of the app.
const MOST_PRESSES: usize = 80;
/// The size that distinguishes screenshots: one in a single colour is smaller than this, one with text larger.
const BLANK_BYTES: usize = 8_000;
/// How long the app may take from its start to the first thing drawn, on a slow machine.
const START: Duration = Duration::from_secs(60);

/// A running app.
#[derive(Debug)]
pub struct Window {
    /// The driver.
    pub client: Client,
    program: PathBuf,
}

impl Window {
    /// Starts the app with these arguments and waits until the page has drawn a view.
    ///
    /// # Errors
    /// When the driver does not start, or no view appears.
    pub async fn open(session: &Session, arguments: &[&str]) -> Outcome<Self> {
        let window = Self::start(session, &session.config.app, arguments).await?;
        wait::until("the first view", START, || async { Ok(window.view().await?.is_some()) }).await?;
        Ok(window)
    }

    /// Opens the app with the settings server under test.
    ///
    /// # Errors
    /// As [`Window::open`].
    pub async fn open_with_server(session: &Session) -> Outcome<Self> {
        let url = session.config.target()?.server_url.clone();
        Self::open(session, &["--server", &url]).await
    }

    /// Starts a program that shows a WebKit window.
    ///
    /// # Errors
    /// [`Failure::Infrastructure`] when the driver does not start.
    pub async fn start(session: &Session, program: &Path, arguments: &[&str]) -> Outcome<Self> {
        Self::start_in(session, program, arguments, &[]).await
    }

    /// As [`Window::start`], with further variables in the program's environment.
    ///
    /// # Errors
    /// As [`Window::start`].
    pub async fn start_in(
        session: &Session,
        program: &Path,
        arguments: &[&str],
        further: &[(&'static str, String)],
    ) -> Outcome<Self> {
        let mut capabilities = Map::new();
        capabilities.insert(
            "webkitgtk:browserOptions".to_owned(),
            json!({ "binary": program.to_string_lossy(), "args": arguments }),
        );
        let mut environment = vec![("TAURI_WEBVIEW_AUTOMATION", "true")];
        environment.extend(further.iter().map(|(name, value)| (*name, value.as_str())));
        if session.is_dark() {
            environment.push(("GTK_THEME", "Adwaita:dark"));
        }
        let client = webdriver::connect(session, "WebKitWebDriver", &environment, capabilities).await?;
        session.remember(&client);
        Ok(Self { client, program: program.to_owned() })
    }

    /// Ends the app and waits until it is gone: a start before that would be handed over to it.
    ///
    /// # Errors
    /// When the driver does not answer, or the app stays.
    pub async fn close(self, session: &Session) -> Outcome {
        self.client.clone().close().await?;
        self.wait_for_the_end(session).await
    }

    /// Closes the window by keyboard, as a user does, and waits until the app has ended by itself. The driver's own command
    /// kills the app.
    ///
    /// # Errors
    /// When there is no window, or the app stays.
    pub async fn close_by_keyboard(self, session: &Session) -> Outcome {
        session.type_in_window("latchkey", "alt+F4").await?;
        self.wait_for_the_end(session).await
    }

    async fn wait_for_the_end(&self, session: &Session) -> Outcome {
        let program = self.program.to_string_lossy().into_owned();
        wait::until("the app to end", wait::PATIENCE, || async {
            let ours = processes::descendants(std::process::id());
            Ok(!ours.into_iter().any(|pid| processes::command_line(pid).starts_with(&program)))
        })
        .await?;
        keyring::no_app_is_running(session).await
    }

    /// Calls a command as the page does and returns its answer.
    ///
    /// # Errors
    /// When the command fails, with its code.
    pub async fn command(&self, name: &str, arguments: Value) -> Outcome<Value> {
        let script = "const done = arguments[arguments.length - 1]; \
                      window.__TAURI_INTERNALS__.invoke(arguments[0], arguments[1]) \
                      .then(ok => done({ok}), error => done({error}))";
        let answer = self.client.execute_async(script, vec![json!(name), arguments]).await?;
        match answer.get("error") {
            Some(error) => Err(Failure::Failed(format!("the command `{name}` failed: {error}"))),
            None => Ok(answer["ok"].clone()),
        }
    }

    /// Returns an attribute of a visible element.
    ///
    /// # Errors
    /// When there is no such element.
    pub async fn attribute(&self, id: &str, name: &str) -> Outcome<Option<String>> {
        Ok(self.wait_for(id).await?.attr(name).await?)
    }

    /// Waits until the window shows the text of this code.
    ///
    /// # Errors
    /// With the code that it shows instead.
    pub async fn wait_for_code(&self, id: &str, code: &str) -> Outcome {
        let script = "return document.querySelector(arguments[0])?.dataset.code ?? null";
        let ask = || self.client.execute(script, vec![json!(selector(id))]);
        let outcome = wait::until(&format!("`{id}` to say `{code}`"), wait::PATIENCE, || async {
            Ok(ask().await? == json!(code))
        })
        .await;
        match outcome {
            Err(Failure::Failed(why)) => Err(Failure::Failed(format!("{why}; it says {}", ask().await?))),
            other => other,
        }
    }

    /// Returns the view that `main` says it draws.
    ///
    /// # Errors
    /// When the window does not answer.
    pub async fn view(&self) -> Outcome<Option<String>> {
        let view = self.script("return document.querySelector('main')?.dataset.view ?? null").await?;
        Ok(view.as_str().map(str::to_owned))
    }

    /// Waits until this view is drawn.
    ///
    /// # Errors
    /// When another one is drawn, or none.
    pub async fn wait_for_view(&self, wanted: &str) -> Outcome {
        let outcome = wait::until(&format!("the view `{wanted}`"), wait::PATIENCE, || async {
            Ok(self.view().await?.as_deref() == Some(wanted))
        })
        .await;
        match outcome {
            Err(Failure::Failed(why)) => {
                Err(Failure::Failed(format!("{why}; the window shows {:?}", self.view().await?)))
            }
            other => other,
        }
    }

    /// Waits for a visible element.
    ///
    /// # Errors
    /// When it does not appear.
    pub async fn wait_for(&self, id: &str) -> Outcome<Element> {
        wait::until_some(&format!("`{id}` in the window"), wait::PATIENCE, || async {
            let element = self.client.find(Locator::Css(&selector(id))).await?;
            Ok(element.is_displayed().await?.then_some(element))
        })
        .await
    }

    /// Whether an element is on the page now.
    ///
    /// # Errors
    /// When the window does not answer.
    pub async fn has(&self, id: &str) -> Outcome<bool> {
        Ok(!self.client.find_all(Locator::Css(&selector(id))).await?.is_empty())
    }

    /// Waits until an element is gone.
    ///
    /// # Errors
    /// When it stays.
    pub async fn wait_until_gone(&self, id: &str) -> Outcome {
        wait::until(&format!("`{id}` to go"), wait::PATIENCE, || async { Ok(!self.has(id).await?) }).await
    }

    /// Waits until an element's text holds this.
    ///
    /// # Errors
    /// With the text that it has instead.
    pub async fn wait_for_text(&self, id: &str, wanted: &str) -> Outcome {
        self.wait_for(id).await?;
        let outcome = wait::until(&format!("`{id}` to say “{wanted}”"), wait::PATIENCE, || async {
            Ok(self.text(id).await?.contains(wanted))
        })
        .await;
        match outcome {
            Err(Failure::Failed(why)) => {
                Err(Failure::Failed(format!("{why}; it says “{}”", self.text(id).await?)))
            }
            other => other,
        }
    }

    /// Returns an element's text; of an input, its value.
    ///
    /// # Errors
    /// When there is no such element.
    pub async fn text(&self, id: &str) -> Outcome<String> {
        let script = "const e = document.querySelector(arguments[0]); \
                      return e ? (e.matches('input, textarea, select') ? e.value : e.innerText) : null";
        let answer = self.client.execute(script, vec![json!(selector(id))]).await?;
        answer.as_str().map(str::to_owned).ok_or_else(|| Failure::Failed(format!("there is no `{id}`")))
    }

    /// Presses Tab until the element has the focus: a user without a mouse must be able to get there.
    ///
    /// # Errors
    /// When Tab never leads there.
    pub async fn tab_to(&self, id: &str) -> Outcome {
        self.press_until_focused(Key::Tab, id).await
    }

    /// Presses a key until the element has the focus: arrows lead through a menu.
    ///
    /// # Errors
    /// When the key never leads there.
    pub async fn press_until_focused(&self, key: Key, id: &str) -> Outcome {
        self.wait_for(id).await?;
        let script = "const e = document.querySelector(arguments[0]); const a = document.activeElement; \
                      return !!e && (e === a || (a !== document.body && e.contains(a)))";
        for _ in 0..MOST_PRESSES {
            if self.client.execute(script, vec![json!(selector(id))]).await? == json!(true) {
                return Ok(());
            }
            self.press(key).await?;
        }
        Err(Failure::Failed(format!("{MOST_PRESSES} presses of one key do not lead to `{id}`")))
    }

    /// Goes to an element by Tab and presses Enter.
    ///
    /// # Errors
    /// As [`Window::tab_to`].
    pub async fn activate(&self, id: &str) -> Outcome {
        self.tab_to(id).await?;
        self.press(Key::Enter).await
    }

    /// Goes to an input by Tab and replaces what it holds.
    ///
    /// # Errors
    /// As [`Window::tab_to`], and when the input does not take the text.
    pub async fn fill(&self, id: &str, text: &str) -> Outcome {
        self.tab_to(id).await?;
        self.chord(Key::Control, 'a').await?;
        if text.is_empty() {
            self.press(Key::Delete).await?;
        } else {
            self.type_text(text).await?;
        }
        let held = self.text(id).await?;
        ensure(held == text, format!("`{id}` holds “{held}” after typing “{text}”"))
    }

    /// Presses and releases one key.
    ///
    /// # Errors
    /// When the window does not answer.
    pub async fn press(&self, key: Key) -> Outcome {
        self.keys(&[char::from(key)]).await
    }

    /// Types text into the focused element.
    ///
    /// # Errors
    /// When the window does not answer.
    pub async fn type_text(&self, text: &str) -> Outcome {
        self.keys(&text.chars().collect::<Vec<_>>()).await
    }

    async fn keys(&self, keys: &[char]) -> Outcome {
        let mut actions = KeyActions::new("keyboard".to_owned());
        for key in keys {
            actions = actions.then(KeyAction::Down { value: *key }).then(KeyAction::Up { value: *key });
        }
        Ok(self.client.perform_actions(actions).await?)
    }

    /// Presses a key while another is held.
    ///
    /// # Errors
    /// When the window does not answer.
    pub async fn chord(&self, held: Key, key: char) -> Outcome {
        let held = char::from(held);
        let actions = KeyActions::new("keyboard".to_owned())
            .then(KeyAction::Down { value: held })
            .then(KeyAction::Down { value: key })
            .then(KeyAction::Up { value: key })
            .then(KeyAction::Up { value: held });
        Ok(self.client.perform_actions(actions).await?)
    }

    /// Clicks with the mouse; only the smoke journey does.
    ///
    /// # Errors
    /// When there is no such element.
    pub async fn click(&self, id: &str) -> Outcome {
        let element = self.wait_for(id).await?;
        let actions = MouseActions::new("mouse".to_owned())
            .then(PointerAction::MoveToElement { element, duration: None, x: 0.0, y: 0.0 })
            .then(PointerAction::Down { button: 0 })
            .then(PointerAction::Up { button: 0 });
        Ok(self.client.perform_actions(actions).await?)
    }

    /// Runs a script in the page and returns its result.
    ///
    /// # Errors
    /// When it throws.
    pub async fn script(&self, script: &str) -> Outcome<Value> {
        Ok(self.client.execute(script, Vec::new()).await?)
    }

    /// Whether the window has the focus.
    ///
    /// # Errors
    /// When the window does not answer.
    pub async fn is_focused(&self) -> Outcome<bool> {
        Ok(self.script("return document.hasFocus()").await? == json!(true))
    }

    /// Saves a screenshot of the window as it is now. The driver returns the frame that was painted last, so the page
    /// first paints two more, and a screenshot in one colour is taken again.
    ///
    /// # Errors
    /// When it cannot be taken or written, or stays blank.
    pub async fn picture(&self, file: &Path) -> Outcome {
        let painted = "const done = arguments[arguments.length - 1]; \
                       requestAnimationFrame(() => requestAnimationFrame(() => done(true)))";
        let picture = wait::until_some("a painted window", wait::PATIENCE, || async {
            for _ in 0..2 {
                self.client.execute_async(painted, Vec::new()).await?;
                self.client.screenshot().await?;
            }
            let picture = self.client.screenshot().await?;
            Ok((picture.len() > BLANK_BYTES).then_some(picture))
        })
        .await?;
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        Ok(fs::write(file, picture)?)
    }
}

/// Returns the selector of an element that the page marks for journeys.
fn selector(id: &str) -> String {
    format!("[data-testid=\"{id}\"]")
}
