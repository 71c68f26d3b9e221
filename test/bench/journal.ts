import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { CompressionTypes, Kafka, logLevel, Partitioners } from "kafkajs"
import { jsonPayload, makeJournals } from "../../core/journal/index.ts"
import type { EventRecord, WriteStep } from "../../core/ports/index.ts"
import { Broker, openLog, openStore } from "../../runtimes/node/index.ts"
import type { Comparison } from "./Bench.ts"

const payload = { text: "x".repeat(88) }
const partition = 0

/** Events as rows: one transaction of `count` events and their journals' heads. */
const stepsOf = (first: number, count: number): ReadonlyArray<WriteStep> => {
  const event = (seqNr: number): EventRecord => ({
    seqNr,
    tags: [],
    payload: { _tag: "Json", text: JSON.stringify(payload) },
    timestamp: 1_700_000_000_000,
    partition,
    offset: seqNr,
    origin: "bench",
    version: undefined,
    metadata: { header: undefined, payload: undefined, expireAfter: undefined },
    headers: new Map()
  })
  const key = { topic: "bench", id: `journal-${first}` }
  const events = Array.from({ length: count }, (_, at) => event(first + at))
  return [{ _tag: "PutEvents", key, recordId: "bench", events }]
}

/** Comparisons over a broker in this process and SQLite in a folder that is removed afterwards. */
export const withJournal = (use: (comparisons: ReadonlyArray<Comparison>) => Promise<void>): Promise<void> =>
  Effect.gen(function* () {
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "odradek-bench-"))),
      (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
    )
    const broker = yield* Broker.start({ data: join(folder, "log") })
    const log = yield* openLog({ brokers: [broker.address] })
    const store = yield* openStore(`sqlite:${join(folder, "journal.db")}`)
    const journals = makeJournals({ log, store, topic: "bench", payload: jsonPayload, origin: "bench" })

    const kafka = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING })
    const bare = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      createPartitioner: Partitioners.DefaultPartitioner
    })
    yield* Effect.acquireRelease(
      Effect.promise(() => bare.connect()),
      () => Effect.promise(() => bare.disconnect())
    )
    const journal = journals.journal("appended")
    yield* journal.append([{ payload }])
    const sample = (yield* log.read({
      topic: "bench",
      partition,
      offset: 0,
      maxBytes: 65_536,
      maxWaitMs: 0
    })).records.at(-1)
    if (sample === undefined) return yield* Effect.die("the log is empty")
    const headers = Object.fromEntries(sample.headers.map(({ name, value }) => [name, Buffer.from(value ?? [])]))
    const message = { key: "appended", value: Buffer.from(sample.value ?? []), headers, partition }

    const read = makeJournals({ log, store, topic: "read", payload: jsonPayload }).journal("read")
    yield* Effect.forEach(Array.from({ length: 1000 }), () => read.append([{ payload }]), { concurrency: 64 })

    const rows = new DatabaseSync(join(folder, "bare.db"))
    yield* Effect.addFinalizer(() => Effect.sync(() => rows.close()))
    rows.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
    rows.exec(
      "CREATE TABLE event (topic TEXT, id TEXT, seq_nr INTEGER, offset INTEGER, payload TEXT, PRIMARY KEY (topic, id, seq_nr)) WITHOUT ROWID"
    )
    const insert = rows.prepare("INSERT OR REPLACE INTO event VALUES (?, ?, ?, ?, ?)")
    let bareNext = 1
    let storeNext = 1

    const comparisons: ReadonlyArray<Comparison> = [
      {
        name: "append, one at a time",
        unit: "records",
        subject: { name: "journal.append", run: () => Effect.runPromise(Effect.as(journal.append([{ payload }]), 1)) },
        baseline: {
          name: "bare kafkajs send of the same bytes",
          run: () =>
            bare
              .send({ topic: "bench", acks: -1, compression: CompressionTypes.None, messages: [message] })
              .then(() => 1)
        }
      },
      {
        name: "append, 64 at a time",
        unit: "records",
        subject: {
          name: "journal.append",
          run: () =>
            Effect.runPromise(
              Effect.as(
                Effect.forEach(Array.from({ length: 64 }), () => journal.append([{ payload }]), {
                  concurrency: "unbounded"
                }),
                64
              )
            )
        },
        baseline: {
          name: "one kafkajs send of 64",
          run: () =>
            bare.send({ topic: "bench", acks: -1, messages: Array.from({ length: 64 }, () => message) }).then(() => 64)
        }
      },
      {
        name: "write to SQLite, batches of 500",
        unit: "events",
        subject: {
          name: "store.write",
          run: () => {
            const steps = stepsOf(storeNext, 500)
            storeNext += 500
            return Effect.runPromise(Effect.as(store.write(steps), 500))
          }
        },
        baseline: {
          name: "bare inserts of five columns",
          run: () => {
            rows.exec("BEGIN")
            const text = JSON.stringify(payload)
            for (let at = 0; at < 500; at++, bareNext++) insert.run("bench", "bare", bareNext, bareNext, text)
            rows.exec("COMMIT")
            return 500
          }
        }
      },
      {
        name: "recover 1000 events from the log",
        unit: "reads",
        subject: { name: "journal.read", run: () => Effect.runPromise(Effect.as(Stream.runDrain(read.read()), 1)) },
        baseline: {
          name: "one produce and one raw fetch",
          run: () =>
            Effect.runPromise(
              Effect.as(
                Effect.andThen(
                  Effect.promise(() => bare.send({ topic: "bench", acks: -1, messages: [message] })),
                  log.read({ topic: "read", partition, offset: 0, maxBytes: 1024 * 1024, maxWaitMs: 0 })
                ),
                1
              )
            )
        }
      }
    ]
    yield* Effect.promise(() => use(comparisons))
  }).pipe(Effect.scoped, Effect.runPromise)
