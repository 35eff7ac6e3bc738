// The floor of the start-up benchmark: an empty window that tells when its second frame was drawn.
requestAnimationFrame(() => requestAnimationFrame(() => window.__TAURI_INTERNALS__.invoke("first_view")));
