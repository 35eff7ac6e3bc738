//! The shell: the only Rust that names `tauri`. It opens the window, passes each command of the page to the core and
//! each new state of the core to the page. It decides nothing.

mod commands;
mod deep_link;
mod host;
mod identity;
mod options;
pub mod rendering;
mod scheme_handler;
mod startup;
mod window;

use std::sync::Arc;

use account_core::{App, Config, Dependencies};
use tauri::Manager;

pub use options::{Environment, Options};
pub use window::is_own_page;

/// Opens the window and runs until it is closed.
///
/// # Errors
/// When the window system, the context or a plugin refuses to start.
pub fn run(options: Options, environment: Environment) -> tauri::Result<()> {
    startup::begin_log(environment.log.as_deref());
    let context = identity::context(environment.development);
    let scheme = identity::scheme(environment.development);

    tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(|handle, arguments, _folder| {
            window::focus(handle);
            deep_link::second_start(handle, arguments);
        }))
        .plugin(tauri_plugin_deep_link::init())
        .plugin(tauri_plugin_opener::Builder::new().open_js_links_on_click(false).build())
        .plugin(window::state_plugin())
        .invoke_handler(commands::handler())
        .setup(move |app| {
            if options.blank_window {
                window::open_blank(app)?;
                return Ok(());
            }
            let core = build_core(app, &options, &environment, scheme)?;
            app.manage(Arc::clone(&core));
            // The keyring and the last known view are read while the window is being created.
            let starting = Arc::clone(&core);
            tauri::async_runtime::spawn(async move { starting.start().await });
            window::open(app, core.settings().theme)?;
            deep_link::connect(app, &core, &options, environment.development);
            Ok(())
        })
        .build(context)?
        .run(|app, event| {
            if let tauri::RunEvent::Exit = event
                && let Some(core) = app.try_state::<Arc<App>>()
            {
                tauri::async_runtime::block_on(core.close());
            }
        });
    Ok(())
}

fn build_core(
    app: &tauri::App,
    options: &Options,
    environment: &Environment,
    scheme: &str,
) -> tauri::Result<Arc<App>> {
    let config = Config {
        command_line_server: options.server.clone(),
        environment_server: environment.server.clone(),
        pinned_resource: options.resource.clone(),
        config_dir: app.path().app_config_dir()?,
        data_dir: app.path().app_local_data_dir()?,
        scheme: scheme.to_owned(),
        version: app.package_info().version.to_string(),
    };
    let host = Arc::new(host::WindowHost::new(app.handle().clone()));
    let dependencies = Dependencies::production(&config, host);
    Ok(App::new(config, dependencies))
}
