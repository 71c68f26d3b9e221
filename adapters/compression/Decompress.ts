import { gunzipSync, zstdDecompressSync } from "node:zlib"
import type { CompressionCodec, Decompress } from "../../core/log/index.ts"
import { BoundedOutput } from "./BoundedOutput.ts"
import { expandLz4 } from "./Lz4Frames.ts"
import { expandSnappy } from "./SnappyBlocks.ts"

type Expand = (bytes: Uint8Array, maxBytes: number) => Uint8Array

const expandStored: Expand = (bytes, maxBytes) => {
  if (bytes.length > maxBytes) throw new RangeError(`it has ${bytes.length} bytes`)
  return bytes
}

const expandGzip: Expand = (bytes, maxBytes) => gunzipSync(bytes, { maxOutputLength: Math.max(1, maxBytes) })

const expandZstd: Expand = (bytes, maxBytes) => {
  const output = new BoundedOutput(maxBytes)
  let at = 0
  do {
    // Node expands the first frame, and says with `info` how long that was.
    const maxOutputLength = Math.max(1, output.room)
    const told: unknown = zstdDecompressSync(bytes.subarray(at), { maxOutputLength, info: true })
    const { buffer, engine } = told as {
      readonly buffer: Uint8Array
      readonly engine: { readonly bytesWritten: number }
    }
    output.append(buffer)
    at += engine.bytesWritten
  } while (at < bytes.length)
  return output.slice()
}

const expanders: Readonly<Record<CompressionCodec, Expand>> = {
  none: expandStored,
  gzip: expandGzip,
  snappy: expandSnappy,
  lz4: expandLz4,
  zstd: expandZstd
}

/**
 * Expands the records of batches in each of Kafka's compressions: gzip, snappy, lz4 and zstd.
 *
 * **Details**
 *
 * Node itself expands gzip and zstd; the packages `snappy` and `lz4-napi` are loaded when they are first needed, and where
 * they cannot be, it throws `CodecMissing`. Snappy is read as one block, and in the framing that Java's clients write.
 *
 * **Example**
 *
 * ```ts
 * const log = yield* KafkaJsLog.make({ brokers: ["localhost:9092"], network: TcpNetwork, decompress })
 * ```
 */
export const decompress: Decompress = (codec, bytes, maxBytes) => expanders[codec](bytes, maxBytes)
