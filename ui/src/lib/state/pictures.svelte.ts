/** Pictures by their address, fetched once each by the app; the page itself loads nothing remote. */
import { SvelteMap } from "svelte/reactivity";

import type { Host } from "../host/host";

export type Picture = { kind: "loading" } | { kind: "ready"; dataUrl: string } | { kind: "failed" };

/** Raster pictures only: a vector picture could hold more than a picture. */
const RASTER = /^data:image\/(?:png|jpeg|gif|webp|avif);base64,[A-Za-z0-9+/=]+$/;

export class Pictures {
  readonly #host: Host;
  readonly #known = new SvelteMap<string, Picture>();

  constructor(host: Host) {
    this.#host = host;
  }

  /** Returns what is known of a picture. A component that reads it is drawn again when it arrives. */
  get(url: string | null | undefined): Picture | null {
    return url ? (this.#known.get(url) ?? null) : null;
  }

  /** Requests a picture unless it is known or requested already. Call it from an effect. */
  async load(url: string | null | undefined): Promise<void> {
    if (!url || this.#known.has(url)) return;
    this.#known.set(url, { kind: "loading" });
    try {
      const dataUrl = await this.#host.invoke("picture", { url });
      this.#known.set(url, RASTER.test(dataUrl) ? { kind: "ready", dataUrl } : { kind: "failed" });
    } catch {
      this.#known.set(url, { kind: "failed" });
    }
  }

  forget(): void {
    this.#known.clear();
  }
}
