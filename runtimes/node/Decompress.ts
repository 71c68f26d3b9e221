import { gunzipSync, zstdDecompressSync } from "node:zlib"
import { CodecMissing, type Decompress } from "../../core/log/index.ts"

/** Expands what Node can expand by itself: gzip, and zstd. */
export const decompress: Decompress = (codec, bytes, maxBytes) => {
  const options = { maxOutputLength: maxBytes }
  switch (codec) {
    case "none":
      return bytes
    case "gzip":
      return gunzipSync(bytes, options)
    case "zstd":
      return zstdDecompressSync(bytes, options)
    default:
      throw new CodecMissing({ codec })
  }
}
