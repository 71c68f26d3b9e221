import * as Data from "effect/Data"

/** How the records of a batch are compressed; the numbers on the wire are bits 0 to 2 of the batch's attributes. */
export type CompressionCodec = "none" | "gzip" | "snappy" | "lz4" | "zstd"

const codecs: ReadonlyArray<CompressionCodec> = ["none", "gzip", "snappy", "lz4", "zstd"]

/** The codec with this number on the wire; `undefined` for a number that Kafka has not given out. */
export const codecOf = (id: number): CompressionCodec | undefined => codecs[id]

/** The number of a codec on the wire. */
export const codecId = (codec: CompressionCodec): number => codecs.indexOf(codec)

/**
 * Records are compressed with a codec that this process was not given, or are to be.
 *
 * **Details**
 *
 * `detail` is a sentence on why the codec is missing and what to do about it; without one, it was simply not given.
 */
export class CodecMissing extends Data.TaggedError("CodecMissing")<{
  readonly codec: CompressionCodec
  readonly detail?: string
  readonly cause?: unknown
}> {
  override get message(): string {
    const { codec, detail = `Let their producer use another compression, or give the reader a codec for ${codec}.` } =
      this
    return `Records are compressed with ${codec}, for which there is no codec here. ${detail}`
  }
}

/**
 * Expands the bytes of one compressed batch.
 *
 * **Details**
 *
 * Synchronous, and bounded: it throws when the output would exceed `maxBytes`, and when the input is malformed. It
 * throws {@link CodecMissing} for a codec that it lacks; {@link noDecompress} does so for every one.
 */
export type Decompress = (codec: CompressionCodec, bytes: Uint8Array, maxBytes: number) => Uint8Array

/** The {@link Decompress} of a process that reads uncompressed batches only. */
export const noDecompress: Decompress = (codec) => {
  throw new CodecMissing({ codec })
}

/** How the records of new batches are compressed: with a codec, and by what. `compress` is synchronous, and may throw. */
export interface Compression {
  readonly codec: CompressionCodec
  readonly compress: (bytes: Uint8Array) => Uint8Array
}
