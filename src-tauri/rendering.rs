//! How the page is drawn where there is no graphics processor.

use std::path::Path;

/// WebKitGTK (2.46 and later) paints on the processor instead of by OpenGL when this variable is `1`.
pub const PAINT_ON_PROCESSOR: &str = "WEBKIT_SKIA_ENABLE_CPU_RENDERING";

/// Whether the page is better painted on the processor; `devices` is `/dev`.
///
/// Without a graphics processor (virtual desktops, remote sessions) OpenGL is Mesa's software renderer, which compiles
/// its shaders first: the first view then takes longer to paint, and more memory, than when it is painted directly.
#[must_use]
pub fn is_better_on_processor(devices: &Path) -> bool {
    cfg!(target_os = "linux") && !has_graphics_processor(devices)
}

/// A render node of the kernel (`/dev/dri/renderD128` and on), NVIDIA's own driver, or Windows' processor in WSL.
fn has_graphics_processor(devices: &Path) -> bool {
    let render_node = devices.join("dri").read_dir().is_ok_and(|entries| {
        entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("renderD"))
    });
    render_node || devices.join("nvidia0").exists() || devices.join("dxg").exists()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::has_graphics_processor;

    #[test]
    fn a_graphics_processor_is_known_by_its_device() {
        let devices = tempfile::tempdir().unwrap();
        let devices = devices.path();
        assert!(!has_graphics_processor(devices));
        fs::create_dir(devices.join("dri")).unwrap();
        fs::write(devices.join("dri/card0"), "").unwrap();
        assert!(!has_graphics_processor(devices), "a screen without a processor to draw with");
        fs::write(devices.join("dri/renderD128"), "").unwrap();
        assert!(has_graphics_processor(devices));
        fs::remove_dir_all(devices.join("dri")).unwrap();
        fs::write(devices.join("nvidia0"), "").unwrap();
        assert!(has_graphics_processor(devices));
    }
}
