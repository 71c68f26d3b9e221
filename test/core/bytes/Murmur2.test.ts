import * as fc from "fast-check"
import { createRequire } from "node:module"
import { describe, expect, it } from "vitest"
import { murmur2 } from "../../../core/bytes/Murmur2.ts"

const require = createRequire(import.meta.url)
const kafkajs: (key: Buffer) => number = require("kafkajs/src/producer/partitioners/default/murmur2.js")

describe("murmur2", () => {
  it("gives the hashes of the Java client's own test", () => {
    const cases: ReadonlyArray<readonly [string, number]> = [
      ["21", -973932308],
      ["foobar", -790332482],
      ["a-little-bit-long-string", -985981536],
      ["a-little-bit-longer-string", -1486304829],
      ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
      ["abc", 479470107]
    ]
    for (const [text, hash] of cases) expect(murmur2(new TextEncoder().encode(text))).toBe(hash)
  })

  it("agrees with kafkajs on any key", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
        expect(murmur2(bytes)).toBe(kafkajs(Buffer.from(bytes)) | 0)
      })
    )
  })
})
