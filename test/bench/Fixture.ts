import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { CompressionTypes, Kafka, logLevel, type Message, Partitioners } from "kafkajs"
import type { CommitLog, JournalStore } from "../../core/ports/index.ts"
import { Broker, openLog, openStore } from "../../runtimes/node/index.ts"
import { brokerProcess } from "./BrokerProcess.ts"

/** The one partition of every topic here. */
export const partition = 0

/** An event of about 100 bytes. */
export const payload = { text: "x".repeat(88) }

/** A folder that is removed with the scope. */
export const temporaryFolder: Effect.Effect<string, never, Scope> = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "odradek-bench-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** Where the broker runs: in this process, or in one of its own. */
export type Place = "here" | "apart"

/**
 * A broker with what stands on it: the log, an SQLite store, and a producer of kafkajs with nothing
 * around it.
 */
export interface Fixture {
  /** The broker's, as `host:port`. */
  readonly address: string
  readonly folder: string
  readonly log: CommitLog
  readonly store: JournalStore
  readonly send: (topic: string, messages: ReadonlyArray<Message>) => Promise<unknown>
}

const makeFixture = Effect.fnUntraced(function* (place: Place) {
  const folder = yield* temporaryFolder
  const data = join(folder, "log")
  const broker = yield* place === "here" ? Broker.start({ data }) : brokerProcess("sources", data)
  const log = yield* openLog({ brokers: [broker.address] })
  const store = yield* openStore(`sqlite:${join(folder, "journal.db")}`)
  const kafka = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING })
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    createPartitioner: Partitioners.DefaultPartitioner
  })
  yield* Effect.acquireRelease(
    Effect.promise(() => producer.connect()),
    () => Effect.promise(() => producer.disconnect())
  )
  const send: Fixture["send"] = (topic, messages) =>
    producer.send({ topic, acks: -1, compression: CompressionTypes.None, messages: [...messages] })
  return { address: broker.address, folder, log, store, send }
})

/** Runs with a fixture of its own, which is gone afterwards. */
export const withFixture = <E>(
  use: (fixture: Fixture) => Effect.Effect<void, E, Scope>,
  place: Place = "here"
): Promise<void> => Effect.runPromise(Effect.scoped(Effect.flatMap(makeFixture(place), use)))
