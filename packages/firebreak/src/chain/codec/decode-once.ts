// Remembers what a raw answer or list of logs was decoded to, so that fifty detectors that share it decode it once.

/** Keyed by the raw object itself and forgotten with it; `shape` tells apart two decodings of the same bytes. */
export class DecodeOnce<raw extends object, out> {
  readonly #memory = new WeakMap<raw, { readonly shape: string; readonly decoded: out }[]>()

  get(raw: raw, shape: string, decode: () => out): out {
    let known = this.#memory.get(raw)
    if (!known) this.#memory.set(raw, (known = []))
    for (const entry of known) if (entry.shape === shape) return entry.decoded
    const decoded = decode()
    known.push({ shape, decoded })
    return decoded
  }
}
