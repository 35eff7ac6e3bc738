//! Generates Tauri's context and one permission a command from the contract's list of commands.

use std::fs;
use std::path::Path;

use tauri_build::{AppManifest, Attributes};

const PLACEHOLDER: &str = "<!doctype html><title>Latchkey</title><p>The page is not built: run <code>npm run build</code> in <code>ui/</code>.</p>";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    place_page()?;
    let attributes = Attributes::new()
        .capabilities_path_pattern("./src-tauri/capabilities/**/*")
        .app_manifest(AppManifest::new().commands(account_api::commands::NAMES));
    tauri_build::try_build(attributes)?;
    Ok(())
}

/// `generate_context!` needs a page; a build without one gets a page that says how to make it.
fn place_page() -> std::io::Result<()> {
    let page = Path::new("ui/dist/index.html");
    println!("cargo::rerun-if-changed=ui/dist");
    if !page.exists() {
        fs::create_dir_all("ui/dist")?;
        fs::write(page, PLACEHOLDER)?;
    }
    Ok(())
}
