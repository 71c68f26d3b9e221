import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { defaultMaxFrameSize, FrameSplitter } from "../../../core/protocol/index.ts"

const framed = (contents: ReadonlyArray<Uint8Array>): Uint8Array =>
  Uint8Array.from(
    contents.flatMap((content) => {
      const prefix = new Uint8Array(4)
      new DataView(prefix.buffer).setInt32(0, content.length)
      return [...prefix, ...content]
    })
  )

const prefixOf = (length: number): Uint8Array => {
  const prefix = new Uint8Array(4)
  new DataView(prefix.buffer).setInt32(0, length)
  return prefix
}

describe("FrameSplitter", () => {
  it("gives the same frames however the stream is cut", () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 8 }),
        (contents, cuts) => {
          const stream = framed(contents)
          const splitter = new FrameSplitter()
          const frames: Array<Uint8Array> = []
          for (let at = 0, i = 0; at < stream.length; i++) {
            const size = cuts[i % cuts.length]!
            const { frames: complete, error } = splitter.push(stream.slice(at, at + size))
            expect(error).toBeUndefined()
            frames.push(...complete)
            at += size
          }
          expect(frames.map((frame) => [...frame])).toEqual(contents.map((content) => [...content]))
          expect(splitter.buffered).toBe(0)
        }
      )
    )
  })

  it("a frame inside one chunk is a view of it", () => {
    const chunk = framed([Uint8Array.of(1, 2), Uint8Array.of(3)])
    const { frames } = new FrameSplitter().push(chunk)
    expect(frames.map((frame) => frame.buffer === chunk.buffer)).toEqual([true, true])
  })

  it("frames gathered one after the other do not share memory", () => {
    const splitter = new FrameSplitter()
    splitter.push(prefixOf(2))
    splitter.push(Uint8Array.of(1))
    const [first] = splitter.push(Uint8Array.of(2)).frames
    splitter.push(prefixOf(2))
    splitter.push(Uint8Array.of(3))
    const [second] = splitter.push(Uint8Array.of(4)).frames
    expect([first, second]).toEqual([Uint8Array.of(1, 2), Uint8Array.of(3, 4)])
  })

  it("a frame of the maximum is accepted and one above it is TooLarge", () => {
    expect(new FrameSplitter(3).push(framed([new Uint8Array(3)])).frames).toEqual([new Uint8Array(3)])
    expect(new FrameSplitter(3).push(prefixOf(4)).error).toMatchObject({
      _tag: "FrameError",
      reason: "TooLarge",
      length: 4,
      maximum: 3
    })
    expect(new FrameSplitter().push(prefixOf(defaultMaxFrameSize + 1)).error?.reason).toBe("TooLarge")
  })

  it("a negative length is NegativeLength", () => {
    expect(new FrameSplitter().push(prefixOf(-1)).error).toMatchObject({ reason: "NegativeLength", length: -1 })
  })

  it("a TLS handshake is called by its name", () => {
    expect(new FrameSplitter().push(Uint8Array.of(0x16, 3, 1, 2, 0)).error?.message).toMatch(/TLS/)
  })

  it("an answer in HTTP is called by its name", () => {
    const answer = new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n")
    expect(new FrameSplitter().push(answer).error?.message).toMatch(/HTTP and is no Kafka broker/)
  })

  it("frames before a bad length are given, and nothing is read after it", () => {
    const splitter = new FrameSplitter(10)
    const { frames, error } = splitter.push(Uint8Array.from([...framed([Uint8Array.of(7)]), ...prefixOf(-5)]))
    expect(frames).toEqual([Uint8Array.of(7)])
    expect(error?.reason).toBe("NegativeLength")
    expect(splitter.push(framed([Uint8Array.of(8)]))).toEqual({ frames: [], error })
  })

  it("memory follows the bytes that have arrived and not the length that is claimed", () => {
    const before = process.memoryUsage().arrayBuffers
    const splitters = Array.from({ length: 100 }, () => new FrameSplitter())
    for (const splitter of splitters) {
      splitter.push(prefixOf(defaultMaxFrameSize))
      splitter.push(Uint8Array.of(1))
    }
    expect(splitters.every((splitter) => splitter.buffered === 5)).toBe(true)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50 * 1024 * 1024)
  })

  it("a large frame in many chunks arrives whole", () => {
    const content = Uint8Array.from({ length: 300_000 }, (_, i) => i * 31)
    const stream = new Uint8Array(content.length + 4)
    stream.set(prefixOf(content.length))
    stream.set(content, 4)
    const splitter = new FrameSplitter()
    const frames: Array<Uint8Array> = []
    for (let at = 0; at < stream.length; at += 1000)
      frames.push(...splitter.push(stream.subarray(at, at + 1000)).frames)
    expect(frames.length).toBe(1)
    expect(Buffer.compare(frames[0]!, content)).toBe(0)
  })
})
