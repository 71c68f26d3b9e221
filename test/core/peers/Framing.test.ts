import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { FrameDecoder, frameHeader } from "../../../core/peers/index.ts"

const streamOf = (contents: ReadonlyArray<Uint8Array>): Uint8Array =>
  Uint8Array.from(contents.flatMap((content) => [...frameHeader(content.length), ...content]))

/** Cuts bytes at the given places, which may repeat. */
const split = (bytes: Uint8Array, cuts: ReadonlyArray<number>): ReadonlyArray<Uint8Array> => {
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  return at.slice(1).map((end, i) => bytes.subarray(at[i], end))
}

const contents = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 })

describe("a frame decoder", () => {
  it("gives the same frames for any split of the same bytes", () => {
    fc.assert(
      fc.property(contents, fc.array(fc.nat(), { maxLength: 12 }), (sent, cuts) => {
        const decoder = new FrameDecoder()
        const got = split(streamOf(sent), cuts).flatMap((chunk) =>
          decoder.push(chunk).frames.map((frame) => [...frame])
        )
        expect(got).toEqual(sent.map((content) => [...content]))
        expect(decoder.buffered).toBe(0)
      })
    )
  })

  it("gives frames that later chunks do not change", () => {
    const decoder = new FrameDecoder()
    const stream = streamOf([Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5, 6)])
    const frames = split(stream, [5, 6, 12]).flatMap((chunk) => decoder.push(chunk).frames)
    expect(frames.map((frame) => [...frame])).toEqual([
      [1, 2, 3],
      [4, 5, 6]
    ])
  })

  it("takes a frame of the maximum and refuses one byte more, however it is cut, with the frames in front of it", () => {
    for (const cut of [0, 1, 6, 7, 8, 9, 10]) {
      const decoder = new FrameDecoder(3)
      const chunks = split(streamOf([new Uint8Array(3), new Uint8Array(4)]), [cut])
      const results = chunks.map((chunk) => decoder.push(chunk))
      expect(results.flatMap(({ frames }) => frames)).toHaveLength(1)
      expect(results.at(-1)?.error).toMatchObject({ length: 4, maximum: 3 })
    }
  })

  it("reads nothing more after an error", () => {
    const decoder = new FrameDecoder(3)
    const first = decoder.push(frameHeader(4)).error
    expect(decoder.push(streamOf([new Uint8Array(1)]))).toEqual({ frames: [], error: first })
  })

  it("needs no memory for what a length only claims", () => {
    const decoder = new FrameDecoder(1 << 30)
    decoder.push(Uint8Array.of(...frameHeader(1 << 29), 1, 2, 3))
    expect(decoder.buffered).toBe(7)
  })

  it.each([
    ["TLS", Uint8Array.of(0x16, 0x03, 0x01, 0x02, 0x00)],
    ["HTTP", new TextEncoder().encode("GET / HTTP/1.1\r\n")]
  ])("says so when the other side speaks %s", (name, bytes) => {
    expect(new FrameDecoder().push(bytes).error?.message).toContain(`speaks ${name}`)
  })
})
