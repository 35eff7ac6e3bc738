//! How WebKitGTK draws the page, depending on the graphics processor and its driver.

use std::path::Path;

/// WebKitGTK (2.46 and later) paints on the processor instead of by OpenGL when this variable is `1`.
const PAINT_ON_PROCESSOR: &str = "WEBKIT_SKIA_ENABLE_CPU_RENDERING";

/// WebKitGTK (2.42 and later) hands frames to the window in shared memory instead of as DMA-BUFs when this variable is set
/// and not `0`.
const WITHOUT_DMA_BUF: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";

/// Returns the environment variables to set to `1` for WebKitGTK; `root` is `/`. A variable that the user set stays as it is.
///
/// - Without a graphics processor (virtual desktops, remote sessions) OpenGL is Mesa's software renderer, which compiles its
///   shaders first: the first view then takes longer to paint, and more memory, than when it is painted directly.
/// - With NVIDIA's own kernel driver the window may stay blank, on X11 and on Wayland, because the driver fails to allocate
///   DMA-BUFs (<https://bugs.webkit.org/show_bug.cgi?id=262607>). Other drivers keep them: without DMA-BUFs some of those fail.
#[must_use]
pub fn variables(root: &Path) -> Vec<&'static str> {
    if !cfg!(target_os = "linux") {
        return Vec::new();
    }
    let paints_on_processor = (!has_graphics_processor(&root.join("dev"))).then_some(PAINT_ON_PROCESSOR);
    let without_dma_buf = has_nvidia_driver(&root.join("proc")).then_some(WITHOUT_DMA_BUF);
    paints_on_processor.into_iter().chain(without_dma_buf).collect()
}

/// Whether there is a graphics processor: a render node of the kernel (`/dev/dri/renderD128` and on), NVIDIA's own
/// driver, or Windows' processor in WSL.
fn has_graphics_processor(devices: &Path) -> bool {
    let render_node = devices.join("dri").read_dir().is_ok_and(|entries| {
        entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("renderD"))
    });
    render_node || devices.join("nvidia0").exists() || devices.join("dxg").exists()
}

/// Whether NVIDIA's kernel modules are loaded. The file does not exist with nouveau.
fn has_nvidia_driver(processes: &Path) -> bool {
    processes.join("driver/nvidia/version").exists()
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{PAINT_ON_PROCESSOR, WITHOUT_DMA_BUF, variables};

    fn put(root: &Path, file: &str) {
        let file = root.join(file);
        let folder = file.parent().expect("a file in a folder");
        fs::create_dir_all(folder).and_then(|()| fs::write(&file, "")).expect("a temporary folder");
    }

    #[test]
    fn software_rendering_is_used_without_gpu() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(variables(root.path()), [PAINT_ON_PROCESSOR]);
        put(root.path(), "dev/dri/card0");
        assert_eq!(variables(root.path()), [PAINT_ON_PROCESSOR], "a screen without a processor to draw with");
        put(root.path(), "dev/dri/renderD128");
        assert!(variables(root.path()).is_empty());
    }

    #[test]
    fn nvidia_driver_gets_no_dma_buf_and_nouveau_does() {
        let nouveau = tempfile::tempdir().unwrap();
        put(nouveau.path(), "dev/dri/renderD128");
        put(nouveau.path(), "sys/module/nouveau/version");
        assert!(variables(nouveau.path()).is_empty());
        for node in ["dev/nvidia0", "dev/dri/renderD129"] {
            let root = tempfile::tempdir().unwrap();
            put(root.path(), node);
            put(root.path(), "proc/driver/nvidia/version");
            assert_eq!(variables(root.path()), [WITHOUT_DMA_BUF]);
        }
    }
}
