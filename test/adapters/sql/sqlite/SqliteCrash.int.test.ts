import { existsSync, statSync } from "node:fs"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { describe, expect, it } from "vitest"
import { SqliteStore } from "../../../../adapters/sql/sqlite/index.ts"
import { runChild } from "./children/Child.ts"
import { appendSteps, events, everything, head, key } from "./Samples.ts"
import { temporaryFile } from "./TemporaryFolder.ts"

const run = <A, E>(effect: Effect.Effect<A, E, Scope>): Promise<A> => Effect.runPromise(Effect.scoped(effect))

describe("when a process is killed, the next one finds", () => {
  it("every transaction that was committed, and whole transactions only", () =>
    run(
      Effect.gen(function* () {
        const path = yield* temporaryFile
        const batch = 50
        const child = yield* runChild("./WriteForEver.ts", path, String(batch))
        const told = yield* Effect.promise(async () => {
          let last = 0
          for (let lines = 0; lines < 20; lines++) last = Number(await child.line())
          await child.kill()
          return last
        })
        expect(told).toBe(20 * batch)
        expect(existsSync(`${path}-wal`) && statSync(`${path}-wal`).size > 0).toBe(true)

        const store = yield* SqliteStore.open({ path })
        const pointer = yield* store.pointer("topic", 0)
        expect(pointer).toBeGreaterThanOrEqual(told)
        expect(pointer! % batch).toBe(0)
        expect(yield* store.head(key)).toEqual(head(pointer!))
        expect(yield* store.events(everything)).toEqual(events(1, pointer!))
        yield* store.write(appendSteps(pointer! + 1, pointer! + 1))
        expect(yield* store.pointer("topic", 0)).toBe(pointer! + 1)
      })
    ))

  it("nothing of a transaction in which it was killed, and no lock", () =>
    run(
      Effect.gen(function* () {
        const path = yield* temporaryFile
        yield* Effect.scoped(Effect.flatMap(SqliteStore.open({ path }), (store) => store.write(appendSteps(1, 3))))
        const child = yield* runChild("./HoldTransaction.ts", path)
        expect(yield* Effect.promise(() => child.line())).toBe("holding")
        const reader = yield* SqliteStore.open({ path, busyTimeoutMs: 0 })
        expect((yield* Effect.flip(reader.write(appendSteps(4, 4)))).reason).toBe("Unreachable")
        yield* Effect.promise(() => child.kill())

        const store = yield* SqliteStore.open({ path, busyTimeoutMs: 0 })
        expect(yield* store.events(everything)).toEqual(events(1, 3))
        expect(yield* store.head(key)).toEqual(head(3))
        expect(yield* store.pointer("topic", 0)).toBe(3)
        yield* store.write(appendSteps(4, 4))
        expect(yield* reader.events(everything)).toEqual(events(1, 4))
      })
    ))
})
