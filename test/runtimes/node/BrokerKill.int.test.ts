import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { describe, expect } from "vitest"
import { Broker, type BrokerOptions } from "../../../runtimes/node/Broker.ts"
import { adminOf, consume, consumerOf, producerOf, texts } from "./Clients.ts"

/** Starts a broker in a process of its own, which is killed after the test at the latest. */
const spawnBroker = (options: BrokerOptions) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const script = join(import.meta.dirname, "BrokerChild.ts")
      const args = ["--conditions=odradek-source", script, JSON.stringify(options)]
      const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] })
      const [address] = (await once(createInterface(child.stdout), "line")) as [string]
      return { child, address }
    }),
    ({ child }) => Effect.promise(() => kill(child))
  )

const kill = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, "exit")
  child.kill("SIGKILL")
  await exited
}

describe("a broker that is killed", () => {
  it.live("has every record that it acknowledged, once and in order, when it is started on the same folder", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const data = yield* Effect.acquireRelease(
          Effect.promise(() => mkdtemp(join(tmpdir(), "odradek-kill-"))),
          (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
        )
        let acknowledged = 0
        for (let round = 0; round < 2; round++) {
          yield* Effect.scoped(
            Effect.gen(function* () {
              const { address, child } = yield* spawnBroker({ data, fsync: "always" })
              const admin = yield* adminOf(address)
              yield* Effect.promise(() => admin.createTopics({ topics: [{ topic: "t" }] }))
              const producer = yield* producerOf(address, { retry: { retries: 0 } })
              const target = acknowledged + 40
              const produceAll = async () => {
                for (;;) {
                  await producer.send({ topic: "t", messages: texts(acknowledged, 10) })
                  acknowledged += 10
                  if (acknowledged === target) void kill(child)
                }
              }
              yield* Effect.ignore(Effect.tryPromise(produceAll))
              yield* Effect.promise(() => kill(child))
            })
          )
        }
        const { address } = yield* Broker.start({ data })
        const admin = yield* adminOf(address)
        const [offsets] = yield* Effect.promise(() => admin.fetchTopicOffsets("t"))
        const end = Number(offsets?.high)
        expect(end).toBeGreaterThanOrEqual(acknowledged)
        const seen = yield* consume(yield* consumerOf(address, "g"), "t", end)
        const values = seen.map((line) => line.split("=")[1] ?? "")
        const missing = texts(0, acknowledged).filter(({ value }) => !values.includes(value))
        expect(missing).toEqual([])
        expect(seen.map((line) => line.split("=")[0])).toEqual(seen.map((_, offset) => `0@${offset}`))
      })
    )
  )
})
