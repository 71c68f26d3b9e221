import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { describe, expect } from "vitest"
import type { CommitLog } from "../../core/ports/index.ts"
import { Broker } from "../../runtimes/node/Broker.ts"
import { openLog } from "../../runtimes/node/index.ts"

/** Runs kcat to its end with some input, and returns what it printed. */
const kcat = (args: ReadonlyArray<string>, input = ""): Effect.Effect<string> =>
  Effect.promise(async () => {
    const child = spawn("kcat", args, { stdio: ["pipe", "pipe", "pipe"] })
    const printed: Array<Buffer> = []
    const complaints: Array<Buffer> = []
    child.stdout.on("data", (chunk: Buffer) => printed.push(chunk))
    child.stderr.on("data", (chunk: Buffer) => complaints.push(chunk))
    child.stdin.end(input)
    const [code] = (await once(child, "close")) as [number]
    if (code !== 0) throw new Error(`kcat ended with ${code}: ${Buffer.concat(complaints).toString()}`)
    return Buffer.concat(printed).toString()
  })

const lines = Array.from({ length: 1000 }, (_, i) => `key-${i}:value-${i}`)

const append = (log: CommitLog, line: string) => {
  const [key, value] = line.split(":").map((text) => Buffer.from(text))
  return log.append({ topic: "t", partition: 0, key: key ?? null, value: value ?? null, headers: [], timestamp: 1 })
}

const read = Effect.fnUntraced(function* (log: CommitLog) {
  const read: Array<string> = []
  for (let offset = 0; read.length < lines.length;) {
    const page = yield* log.read({ topic: "t", partition: 0, offset, maxBytes: 1 << 20, maxWaitMs: 1000 })
    for (const { key, value } of page.records) read.push(`${Buffer.from(key ?? [])}:${Buffer.from(value ?? [])}`)
    offset = page.nextOffset
  }
  return read
})

describe("kcat", () => {
  it.live("produces a thousand records idempotently, and consumes the same", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { address } = yield* Broker.start()
        const produce = ["-P", "-b", address, "-t", "t", "-p", "0", "-K", ":", "-X", "enable.idempotence=true"]
        yield* kcat(produce, lines.join("\n"))
        const consumed = yield* kcat([
          "-C",
          "-b",
          address,
          "-t",
          "t",
          "-p",
          "0",
          "-o",
          "beginning",
          "-e",
          "-K",
          ":",
          "-q"
        ])
        expect(consumed.trimEnd().split("\n")).toEqual(lines)
      })
    )
  )

  it.live("consumes in a group, and goes on where the group was", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { address } = yield* Broker.start()
        const produce = ["-P", "-b", address, "-t", "t", "-K", ":"]
        const consume = (count: number) =>
          kcat([
            "-b",
            address,
            "-G",
            "g",
            "-K",
            ":",
            "-q",
            "-c",
            String(count),
            "-X",
            "auto.offset.reset=earliest",
            "t"
          ])
        yield* kcat(produce, lines.slice(0, 10).join("\n"))
        expect((yield* consume(10)).trimEnd().split("\n")).toEqual(lines.slice(0, 10))
        yield* kcat(produce, lines.slice(10, 15).join("\n"))
        expect((yield* consume(5)).trimEnd().split("\n")).toEqual(lines.slice(10, 15))
      })
    )
  )

  it.live("lists the broker and its topics, and finds an offset by its time", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { address } = yield* Broker.start()
        yield* kcat(["-P", "-b", address, "-t", "t", "-p", "0"], "one\ntwo")
        expect(yield* kcat(["-L", "-b", address])).toContain('topic "t" with 1 partitions')
        expect(yield* kcat(["-Q", "-b", address, "-t", "t:0:1"])).toContain("t [0] offset 0")
      })
    )
  )

  for (const codec of ["gzip", "snappy", "lz4", "zstd"] as const) {
    it.live(`gets back what it compressed with ${codec}`, () =>
      Effect.scoped(
        Effect.gen(function* () {
          const { address } = yield* Broker.start()
          yield* kcat(["-P", "-b", address, "-t", "t", "-p", "0", "-K", ":", "-z", codec], lines.join("\n"))
          const consumed = yield* kcat(["-C", "-b", address, "-t", "t", "-p", "0", "-e", "-K", ":", "-q"])
          expect(consumed.trimEnd().split("\n")).toEqual(lines)
          expect(yield* read(yield* openLog({ brokers: [address] }))).toEqual(lines)
        })
      )
    )

    it.live(`reads what a log compressed with ${codec}`, () =>
      Effect.scoped(
        Effect.gen(function* () {
          const { address } = yield* Broker.start()
          const log = yield* openLog({ brokers: [address], compression: codec })
          yield* kcat(["-L", "-b", address, "-t", "t"])
          yield* Effect.forEach(lines, (line) => append(log, line), { concurrency: "unbounded" })
          const consumed = yield* kcat(["-C", "-b", address, "-t", "t", "-p", "0", "-e", "-K", ":", "-q"])
          expect(consumed.trimEnd().split("\n")).toEqual(lines)
        })
      )
    )
  }
})
