import { DatabaseSync } from "node:sqlite"
import { dirname, join } from "node:path"
import { writeFileSync } from "node:fs"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as ScopeModule from "effect/Scope"
import type { Scope } from "effect/Scope"
import { describe, expect, it } from "vitest"
import { SqliteStore } from "../../../../adapters/sql/sqlite/index.ts"
import { journalReplicationContract, journalStoreContract } from "../../../../core/ports/contract/index.ts"
import type { JournalStoreError } from "../../../../core/ports/index.ts"
import { appendSteps, event, events, everything, head, key } from "./Samples.ts"
import { temporaryFile, temporaryFolder } from "./TemporaryFolder.ts"

const run = <A, E>(effect: Effect.Effect<A, E, Scope>): Promise<A> => Effect.runPromise(Effect.scoped(effect))

const openError = (path: string): Effect.Effect<JournalStoreError, unknown, Scope> =>
  Effect.flip(SqliteStore.open({ path }))

/** Another program's hands on the file, closed with the scope. */
const otherConnection = (path: string): Effect.Effect<DatabaseSync, never, Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => new DatabaseSync(path)),
    (database) => Effect.sync(() => database.close())
  )

describe("a store in an SQLite file keeps the contract", () => {
  const make = Effect.gen(function* () {
    const path = yield* temporaryFile
    return { store: yield* SqliteStore.open({ path }), topic: "topic" }
  })
  for (const { name, run: claim } of [...journalStoreContract(make), ...journalReplicationContract(make)]) {
    it(name, () => run(claim))
  }
})

describe("SqliteStore on one file", () => {
  it("shows to a reader what a writer on another connection has committed", () =>
    run(
      Effect.gen(function* () {
        const path = yield* temporaryFile
        const writer = yield* SqliteStore.open({ path })
        const reader = yield* SqliteStore.open({ path })
        yield* writer.write(appendSteps(1, 3))
        expect(yield* reader.events(everything)).toEqual(events(1, 3))
        yield* writer.write(appendSteps(4, 5))
        expect(yield* reader.head(key)).toEqual(head(5))
        expect(yield* reader.pointer("topic", 0)).toBe(5)
      })
    ))

  it("fences a replicator on another connection that is late", () =>
    run(
      Effect.gen(function* () {
        const path = yield* temporaryFile
        const first = yield* SqliteStore.open({ path })
        const second = yield* SqliteStore.open({ path })
        yield* first.write(appendSteps(1, 3))
        yield* second.write(appendSteps(4, 6))
        const error = yield* Effect.flip(first.write(appendSteps(4, 5)))
        expect(error.reason).toBe("Fenced")
        expect(error.message).toBe(
          "Another replicator has moved the pointer of topic-0 from 3 to 6: stop this one, or let it start again from there."
        )
        expect(yield* first.events(everything)).toEqual(events(1, 6))
      })
    ))

  it("is still there after it was closed and opened again", () =>
    run(
      Effect.gen(function* () {
        const path = yield* temporaryFile
        yield* Effect.scoped(Effect.flatMap(SqliteStore.open({ path }), (store) => store.write(appendSteps(1, 3))))
        const store = yield* SqliteStore.open({ path })
        expect(yield* store.events(everything)).toEqual(events(1, 3))
      })
    ))

  it("reads while another process has the file locked for writing", () =>
    run(
      Effect.gen(function* () {
        const path = yield* temporaryFile
        const store = yield* SqliteStore.open({ path })
        yield* store.write(appendSteps(1, 3))
        const other = yield* otherConnection(path)
        other.exec("BEGIN IMMEDIATE; DELETE FROM journal_event")
        expect(yield* store.events(everything)).toEqual(events(1, 3))
        const reader = yield* SqliteStore.open({ path, busyTimeoutMs: 0 })
        expect(yield* reader.pointer("topic", 0)).toBe(3)
      })
    ))

  it("fails a write with Unreachable when the file stays locked beyond the timeout", () =>
    run(
      Effect.gen(function* () {
        const path = yield* temporaryFile
        const store = yield* SqliteStore.open({ path, busyTimeoutMs: 60 })
        const other = yield* otherConnection(path)
        other.exec("BEGIN IMMEDIATE")
        const error = yield* Effect.flip(store.write(appendSteps(1, 3)))
        expect(error.reason).toBe("Unreachable")
        expect(error.message).toBe(
          `SQLite file ${path} was locked by another process for 60 ms: try again, or raise busyTimeoutMs.`
        )
        other.exec("ROLLBACK")
        yield* store.write(appendSteps(1, 3))
        expect(yield* store.pointer("topic", 0)).toBe(3)
      })
    ))

  it("waits for a lock without blocking its own process, and goes on when it is free", () =>
    run(
      Effect.gen(function* () {
        const path = yield* temporaryFile
        const store = yield* SqliteStore.open({ path, busyTimeoutMs: 20_000 })
        const other = yield* otherConnection(path)
        other.exec("BEGIN IMMEDIATE")
        const writing = yield* Effect.forkChild(store.write(appendSteps(1, 3)), { startImmediately: true })
        expect(writing.pollUnsafe()).toBeUndefined()
        expect(yield* store.pointer("topic", 0)).toBeUndefined()
        other.exec("COMMIT")
        yield* Fiber.join(writing)
        expect(yield* store.pointer("topic", 0)).toBe(3)
      })
    ))

  it("leaves nothing behind when a write that waits for a lock is interrupted", () =>
    run(
      Effect.gen(function* () {
        const path = yield* temporaryFile
        const store = yield* SqliteStore.open({ path })
        const other = yield* otherConnection(path)
        other.exec("BEGIN IMMEDIATE")
        const writing = yield* Effect.forkChild(store.write(appendSteps(1, 3)), { startImmediately: true })
        yield* Fiber.interrupt(writing)
        other.exec("COMMIT")
        expect(yield* store.pointer("topic", 0)).toBeUndefined()
        yield* store.write(appendSteps(1, 2))
        expect(yield* store.events(everything)).toEqual(events(1, 2))
      })
    ))

  it("writes and pages through ten thousand events", () =>
    run(
      Effect.gen(function* () {
        const store = yield* SqliteStore.open({ path: yield* temporaryFile })
        for (let from = 1; from <= 10_000; from += 1000) yield* store.write(appendSteps(from, from + 999))
        let next = 1
        while (true) {
          const page = yield* store.events({ ...everything, from: next, limit: 700 })
          if (page.length === 0) break
          expect(page[0]!.seqNr).toBe(next)
          next = page[page.length - 1]!.seqNr + 1
        }
        expect(next).toBe(10_001)
      })
    ))
})

describe("SqliteStore says in one sentence what is wrong", () => {
  it("with a folder that does not exist", () =>
    run(
      Effect.gen(function* () {
        const path = join(yield* temporaryFolder, "missing", "journal.db")
        const error = yield* openError(path)
        expect(error).toMatchObject({ reason: "Failed", operation: "open" })
        expect(error.message).toBe(
          `The folder ${dirname(path)} of SQLite file ${path} does not exist: make it, or name another.`
        )
      })
    ))

  it("with a path that is a folder", () =>
    run(
      Effect.gen(function* () {
        const path = yield* temporaryFolder
        for (const readOnly of [false, true]) {
          const error = yield* Effect.flip(SqliteStore.open({ path, readOnly }))
          expect(error.message).toBe(`${path} is a folder and no SQLite file: name a file in it.`)
        }
      })
    ))

  it("with a file that is no database, which it leaves as it is", () =>
    run(
      Effect.gen(function* () {
        const path = yield* temporaryFile
        writeFileSync(path, "this is a letter, and no database at all".repeat(100))
        const error = yield* openError(path)
        expect(error.reason).toBe("Failed")
        expect(error.message).toBe(`${path} is no SQLite file: choose another path, or move the file away.`)
      })
    ))

  it("with a database that cannot have a write-ahead log", async () => {
    const error = await run(openError(":memory:"))
    expect(error.message).toBe(
      "SQLite file :memory: cannot have a write-ahead log (its journal mode is memory): put it on a local disk."
    )
  })

  it("with a store that is closed", () =>
    run(
      Effect.gen(function* () {
        const path = yield* temporaryFile
        const scope = yield* ScopeModule.make()
        const store = yield* ScopeModule.provide(SqliteStore.open({ path }), scope)
        yield* ScopeModule.close(scope, Exit.void)
        const message = `The store on SQLite file ${path} is closed: use it only while its scope is open.`
        for (const use of [store.pointer("topic", 0), store.events(everything), store.write(appendSteps(1, 1))]) {
          const error = yield* Effect.flip<unknown, JournalStoreError, never>(use)
          expect(error).toMatchObject({ reason: "Failed", message })
        }
      })
    ))

  it("with a number that core does not know, in whichever row it is", () =>
    run(
      Effect.gen(function* () {
        const path = yield* temporaryFile
        const store = yield* SqliteStore.open({ path })
        yield* store.write(appendSteps(1, 3))
        const other = yield* otherConnection(path)
        other.exec("PRAGMA ignore_check_constraints = ON")
        other.exec("UPDATE journal_event SET log_offset = 9007199254740993 WHERE seq_nr = 2")
        const error = yield* Effect.flip(store.events(everything))
        expect(error.reason).toBe("Corrupt")
        expect(error.message).toContain(`${dirname(path)}/journal.db holds a number beyond 2^53 - 1`)
        expect(yield* store.events({ ...everything, from: 3 })).toEqual([event(3)])
      })
    ))

  it("refuses to store a number that core does not know, and stores nothing", () =>
    run(
      Effect.gen(function* () {
        const store = yield* SqliteStore.open({ path: yield* temporaryFile })
        const steps = appendSteps(1, 3)
        for (const seqNr of [2 ** 53, 1.5, Number.NaN, -1]) {
          const bad = { _tag: "PutEvents", key, head: head(3), previous: undefined, events: [event(seqNr)] } as const
          const error = yield* Effect.flip(store.write([...steps, bad]))
          expect(error.reason).toBe("Failed")
        }
        expect(yield* store.pointer("topic", 0)).toBeUndefined()
        expect(yield* store.events(everything)).toEqual([])
      })
    ))

  const damaged: ReadonlyArray<readonly [string, string]> = [
    ["payload_type = 'odd'", 'column payload_type holds "odd", which is no kind of payload'],
    ["payload_type = 'binary'", "column payload_binary holds no bytes"],
    ["payload_text = NULL", "column payload_text holds no text"],
    ["tags = '{}'", "column tags holds no JSON array of texts"],
    ["tags = '[1]'", "column tags holds no JSON array of texts"],
    ["headers = '1'", "column headers holds no JSON object"],
    ["headers = '{\"a\":1}'", "column headers holds no JSON object of texts"]
  ]
  for (const [change, problem] of damaged) {
    it(`15. with a row that cannot be decoded: ${change}`, () =>
      run(
        Effect.gen(function* () {
          const path = yield* temporaryFile
          const store = yield* SqliteStore.open({ path })
          yield* store.write(appendSteps(1, 3))
          const other = yield* otherConnection(path)
          other.exec(`UPDATE journal_event SET ${change} WHERE seq_nr = 2`)
          const error = yield* Effect.flip(store.events(everything))
          expect(error.reason).toBe("Corrupt")
          expect(error.message).toBe(
            `Event 2 of journal "journal" of topic topic cannot be decoded (${problem}): ` +
              "restore the row, or remove it and replicate it again."
          )
        })
      ))
  }
})
