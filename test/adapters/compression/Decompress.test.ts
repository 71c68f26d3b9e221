import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import fc from "fast-check"
import { zstdCompressSync } from "node:zlib"
import { describe, expect, it } from "vitest"
import { compressionOf, decompress } from "../../../adapters/compression/index.ts"
import {
  type Compression,
  type CompressionCodec,
  decodeRecords,
  encodeBatch,
  readBatchHeader,
  splitBatches,
  validateBatch
} from "../../../core/log/index.ts"
import golden from "../../golden/compressed.json" with { type: "json" }

const codecs = ["gzip", "snappy", "lz4", "zstd"] as const
const limit = 1 << 20
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text))
const base64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "base64"))
const lines = Array.from({ length: 900 }, (_, i) => `key-${i % 10}:${"event ".repeat(15)}${i}`)
const contents: Readonly<Record<string, string>> = { large: lines.join("\n"), small: "event ".repeat(10), empty: "" }

const compressions: Readonly<Record<string, Compression>> = Object.fromEntries(
  codecs.map((codec) => [codec, Effect.runSync(compressionOf(codec))])
)
const compress = (codec: CompressionCodec, content: Uint8Array): Uint8Array => compressions[codec]!.compress(content)

/** Everything from one repeated byte to noise, as records are. */
const content = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.tuple(fc.nat(255), fc.nat(100_000)).map(([byte, length]) => new Uint8Array(length).fill(byte))
    ),
    { maxLength: 6 }
  )
  .map((parts) => new Uint8Array(Buffer.concat(parts)))

describe("decompress", () => {
  it.each(golden.segments)("reads the $codec that $writer wrote", ({ segment }) => {
    const bytes = base64(segment)
    const { batches, stop } = splitBatches(bytes, 0, bytes.length, validateBatch)
    const read = batches.flatMap((batch) =>
      Result.getOrThrow(decodeRecords(batch, { decompress, maxBytes: limit })).map(
        ({ key, value }) => `${Buffer.from(key ?? []).toString()}:${Buffer.from(value ?? []).toString()}`
      )
    )
    expect(stop).toBeUndefined()
    expect(read).toEqual(lines)
  })

  it.each(golden.frames)("reads an LZ4 frame of $name", (frame) => {
    expect(Buffer.from(decompress("lz4", base64(frame.bytes), limit)).toString()).toBe(contents[frame.content])
  })

  it("reads frames of LZ4 and of zstd that follow each other", () => {
    const two = (codec: CompressionCodec) =>
      Buffer.concat([compress(codec, bytes("one ")), compress(codec, bytes("two"))])
    expect(Buffer.from(decompress("lz4", two("lz4"), limit)).toString()).toBe("one two")
    expect(Buffer.from(decompress("zstd", two("zstd"), limit)).toString()).toBe("one two")
  })

  it("reads snappy in one block, as clients other than Java's write it", () => {
    const framed = compress("snappy", bytes("event event event"))
    expect(Buffer.from(decompress("snappy", framed.subarray(20), limit)).toString()).toBe("event event event")
  })

  describe.each(codecs)("with %s", (codec) => {
    it("gives back what was compressed, up to a bound that it just fits into", () => {
      fc.assert(
        fc.property(content, (given) => {
          const expanded = decompress(codec, compress(codec, given), given.length)
          expect(Buffer.compare(expanded, given)).toBe(0)
        }),
        { numRuns: 100 }
      )
    })

    it("gives nothing that exceeds the bound", () => {
      fc.assert(
        fc.property(content, fc.nat(), (given, number) => {
          fc.pre(given.length > 1)
          const bound = 1 + (number % (given.length - 1))
          expect(() => decompress(codec, compress(codec, given), bound)).toThrow()
        }),
        { numRuns: 100 }
      )
    })

    it("throws where the end is cut off", () => {
      const compressed = compress(codec, bytes(contents["large"]!.slice(0, 40_000)))
      fc.assert(
        fc.property(fc.nat(compressed.length - 1), (length) => {
          // What is left of blocks in the framing of xerial is whole when it ends with one of them.
          if (codec === "snappy" && length === 20 + Buffer.from(compressed).readUInt32BE(16)) return
          if (codec === "snappy" && length === 16) return
          expect(() => decompress(codec, compressed.subarray(0, length), limit)).toThrow()
        })
      )
    })

    it("expands damaged bytes to no more than the bound, or throws", () => {
      const compressed = compress(codec, bytes(contents["large"]!.slice(0, 5000)))
      fc.assert(
        fc.property(
          fc.array(fc.tuple(fc.nat(compressed.length - 1), fc.integer({ min: 1, max: 255 })), {
            minLength: 1,
            maxLength: 4
          }),
          fc.nat(10_000),
          (flips, bound) => {
            const damaged = compressed.slice()
            for (const [at, flip] of flips) damaged[at]! ^= flip
            let length = 0
            try {
              length = decompress(codec, damaged, bound).length
            } catch (error) {
              expect(error).toBeInstanceOf(Error)
            }
            expect(length).toBeLessThanOrEqual(bound)
          }
        ),
        { numRuns: 2000 }
      )
    })

    it("expands noise to no more than the bound, or throws, with and without the beginning of its format", () => {
      const start = compress(codec, bytes("event event event event ")).subarray(0, codec === "snappy" ? 20 : 7)
      fc.assert(
        fc.property(fc.uint8Array({ minLength: 8, maxLength: 200 }), fc.boolean(), (noise, begun) => {
          const given = begun ? Buffer.concat([start, noise]) : noise
          let length = 0
          try {
            length = decompress(codec, given, 4096).length
          } catch (error) {
            expect(error).toBeInstanceOf(Error)
          }
          expect(length).toBeLessThanOrEqual(4096)
        }),
        { numRuns: 2000 }
      )
    })

    it("throws on nothing at all", () => {
      expect(() => decompress(codec, new Uint8Array(0), limit)).toThrow()
    })
  })
})

describe("a bomb", () => {
  const zeros = new Uint8Array(64 << 20)

  it.each(codecs)("of %s is refused before it is expanded", (codec) => {
    const bomb = compress(codec, zeros)
    const before = process.memoryUsage()
    expect(() => decompress(codec, bomb, limit)).toThrow()
    const after = process.memoryUsage()
    expect(after.arrayBuffers + after.external - before.arrayBuffers - before.external).toBeLessThan(8 << 20)
  })

  it("of a snappy block that claims a length it cannot have is refused by its length", () => {
    const claim = Uint8Array.of(0xff, 0xff, 0x3f, 0)
    expect(() => decompress("snappy", claim, limit)).toThrow("cannot have 1048575 bytes")
  })

  it("of an LZ4 frame that says it has more than the bound is refused by its header", () => {
    const large = golden.frames.find(({ name }) => name.includes("content's size"))!
    expect(() => decompress("lz4", base64(large.bytes), 1000)).toThrow("its LZ4 frame says that it has more")
  })
})

describe("an LZ4 frame", () => {
  const frame = base64(golden.frames.find(({ name }) => name.includes("all checksums"))!.bytes)
  const changed = (at: number): Uint8Array => frame.map((byte, index) => (index === at ? byte ^ 1 : byte))
  const faults: ReadonlyArray<readonly [string, number]> = [
    ["frame's header", 14],
    ["block", 100],
    ["frame", frame.length - 1]
  ]

  it.each(faults)("is refused when the checksum of its %s is wrong", (what, at) => {
    expect(() => decompress("lz4", changed(at), limit)).toThrow(`the checksum of its LZ4 ${what}`)
  })
})

describe("batches in a compression of our own", () => {
  it.each(codecs)("of %s are read record by record", (codec) => {
    const records = lines.map((line) => ({ key: null, value: bytes(line), headers: [], timestamp: 1 }))
    const batch = Result.getOrThrow(readBatchHeader(encodeBatch(records, { compression: compressions[codec]! })))
    expect(batch.codec).toBe(codec)
    expect(batch.size).toBeLessThan(20_000)
    const read = Result.getOrThrow(decodeRecords(batch, { decompress, maxBytes: limit }))
    expect(read.map(({ value }) => Buffer.from(value ?? []).toString())).toEqual(lines)
  })
})

it("a zstd frame that another cannot follow is not taken for the whole", () => {
  const followed = Buffer.concat([zstdCompressSync(bytes("one")), bytes("garbage")])
  expect(() => decompress("zstd", followed, limit)).toThrow()
})
