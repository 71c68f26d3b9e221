import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import type { SQLInputValue } from "node:sqlite"
import * as Effect from "effect/Effect"
import type { Message } from "kafkajs"
import type { NewRecord } from "../../core/log/index.ts"
import type { CommitLog } from "../../core/ports/index.ts"
import { MemoryLog } from "../../adapters/memory/index.ts"
import type { Area } from "./Bench.ts"
import { partition, withFixture } from "./Fixture.ts"
import { recordsOf } from "./Records.ts"
import { replicated, underAnyName } from "./Replicated.ts"

const journals = 100
const total = 20_000

const messageOf = ({ headers, key, timestamp, value }: NewRecord): Message => ({
  key: key === null ? null : Buffer.from(key),
  value: value === null ? null : Buffer.from(value),
  timestamp: `${timestamp}`,
  headers: Object.fromEntries(headers.map((header) => [header.name, Buffer.from(header.value ?? [])])),
  partition
})

type Rows = ReadonlyArray<ReadonlyArray<SQLInputValue>>

/** The rows of each transaction, as they are in the store's file. */
const transactionsOf = (file: string, name: string, ends: ReadonlyArray<number>): ReadonlyArray<Rows> => {
  const database = new DatabaseSync(file, { readOnly: true })
  const select = database.prepare(
    "SELECT * FROM journal_event WHERE topic = ? AND log_offset >= ? AND log_offset < ? ORDER BY log_offset, seq_nr"
  )
  const rows = ends.map((end, at) => select.all(name, ends[at - 1] ?? 0, end).map((row) => Object.values(row)))
  database.close()
  return rows
}

/** A file with the same table and settings, and what inserts rows into it with nothing around. */
const bareInserts = (file: string, like: string) => {
  const database = new DatabaseSync(like, { readOnly: true })
  const table = database.prepare("SELECT sql FROM sqlite_schema WHERE name = 'journal_event'").get()
  database.close()
  const bare = new DatabaseSync(file)
  bare.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; ${table?.["sql"]}`)
  const insert = bare.prepare(`INSERT INTO journal_event VALUES (${Array.from({ length: 17 }, () => "?").join(", ")})`)
  return {
    close: () => bare.close(),
    run: (name: string, transactions: ReadonlyArray<Rows>): void => {
      for (const rows of transactions) {
        bare.exec("BEGIN IMMEDIATE")
        for (const row of rows) insert.run(name, ...row.slice(1))
        bare.exec("COMMIT")
      }
    }
  }
}

interface Log {
  readonly name: string
  readonly log: CommitLog
  readonly fill: (records: ReadonlyArray<NewRecord>) => Promise<unknown>
}

/** Replication to SQLite, against inserts of the same rows in the same transactions. */
export const store: Area = {
  name: "store",
  about: "replication to SQLite",
  run: (report) =>
    withFixture(({ folder, log, send, store }) =>
      Effect.promise(async () => {
        const inBroker = (name: string): Log => ({
          name: "broker",
          log: underAnyName(log, name),
          fill: async (records) => {
            for (let at = 0; at < records.length; at += 500)
              await send(name, records.slice(at, at + 500).map(messageOf))
          }
        })
        const inMemory = (): Log => {
          const memory = MemoryLog.make()
          const append = (record: NewRecord) => memory.append({ ...record, topic: "memory", partition })
          return {
            name: "memory",
            log: underAnyName(memory, "memory"),
            fill: (records) => Effect.runPromise(Effect.forEach(records, append, { discard: true }))
          }
        }
        const file = join(folder, "journal.db")
        let runs = 0
        for (const perRecord of [1, 10]) {
          for (const { name, fill, log } of [inMemory(), inBroker(`replicated-${perRecord}`)]) {
            await fill([...recordsOf({ journals, each: total / journals, perRecord, beside: journals })])
            const subject = async () => replicated(log, store, `run-${runs++}`)
            const sample = `run-${runs}`
            const transactions = transactionsOf(file, sample, await subject())
            const bare = bareInserts(join(folder, `bare-${name}-${perRecord}.db`), file)
            await report({
              name: `replicate to SQLite from ${name}, ${perRecord} a record`,
              unit: "events",
              goal: 0.9,
              subject: { name: "replicate", run: () => subject().then(() => total) },
              baseline: {
                name: "bare inserts of the same rows",
                run: () => {
                  bare.run(`run-${runs++}`, transactions)
                  return total
                }
              }
            })
            bare.close()
          }
        }
      })
    )
}
