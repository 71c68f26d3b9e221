import * as Effect from "effect/Effect"
import { MemoryLog } from "odradek/adapters/memory"
import { journalHazardContract, journalReplicationContract, journalStoreContract } from "odradek/core/ports/contract"
import type { RequestPass } from "odradek/core/ports/contract"
import { describe, it } from "vitest"
import { emptyTables, makeDriver, tableStore } from "./TableStore.ts"
import type { Driver } from "./TableStore.ts"

/** The driver, with each of its requests going through `pass`. */
const through = ({ query, transact }: Driver, pass: RequestPass): Driver => ({
  query: (ask) => pass({ kind: "query", writes: false }, query(ask)),
  transact: (change) => pass({ kind: "transaction", writes: true }, transact(change))
})

/** A store of its own for each case. */
const subject = Effect.sync(() => ({ store: tableStore(makeDriver(emptyTables())), topic: "topic" }))

/** Two processes at one database, and a log. */
const hazardous = Effect.sync(() => {
  const driver = makeDriver(emptyTables())
  const log = MemoryLog.make()
  return {
    store: tableStore(driver),
    reopen: Effect.sync(() => tableStore(driver)),
    openThrough: (pass: RequestPass) => Effect.sync(() => tableStore(through(driver, pass))),
    log,
    topic: "topic",
    trim: log.trim
  }
})

const suites = {
  "carries out single steps": journalStoreContract(subject),
  "keeps whole journals": journalReplicationContract(subject),
  "withstands the hazards": journalHazardContract(hazardous)
}

for (const [promise, cases] of Object.entries(suites)) {
  describe(`the store of tables ${promise}`, () => {
    for (const { name, run } of cases) it(name, () => Effect.runPromise(Effect.scoped(run)), 60_000)
  })
}
