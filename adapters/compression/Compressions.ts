import { gzipSync, zstdCompressSync } from "node:zlib"
import * as Effect from "effect/Effect"
import { CodecMissing, type Compression, type CompressionCodec } from "../../core/log/index.ts"
import { compressLz4 } from "./Lz4Frames.ts"
import { lz4, snappy } from "./NativeCodecs.ts"
import { compressSnappy } from "./SnappyBlocks.ts"

const nothing = (): void => undefined

/** What compresses, and what has to be there before it can. */
const compressors: Readonly<Record<CompressionCodec, readonly [Compression["compress"], () => unknown]>> = {
  none: [(bytes) => bytes, nothing],
  gzip: [(bytes) => gzipSync(bytes), nothing],
  snappy: [compressSnappy, snappy],
  lz4: [compressLz4, lz4],
  zstd: [(bytes) => zstdCompressSync(bytes), nothing]
}

/**
 * How records are compressed with one of Kafka's codecs, for whatever writes batches, such as `KafkaJsLog`.
 *
 * **Details**
 *
 * Node itself compresses with gzip and zstd; for snappy and lz4 the packages `snappy` and `lz4-napi` are loaded now, and it
 * fails with `CodecMissing` where they cannot be. The bytes are as Java's clients write them: snappy in blocks with the
 * framing of xerial, LZ4 in a frame of independent blocks.
 *
 * **Example**
 *
 * ```ts
 * const compression = yield* compressionOf("lz4")
 * const log = yield* KafkaJsLog.make({ brokers: ["localhost:9092"], network: TcpNetwork, decompress, compression })
 * ```
 */
export const compressionOf = (codec: CompressionCodec): Effect.Effect<Compression, CodecMissing> =>
  Effect.suspend(() => {
    const [compress, load] = compressors[codec]
    try {
      load()
      return Effect.succeed({ codec, compress })
    } catch (error) {
      return error instanceof CodecMissing ? Effect.fail(error) : Effect.die(error)
    }
  })
