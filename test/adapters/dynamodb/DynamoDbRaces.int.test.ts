import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { journalHazardContract } from "../../../core/ports/contract/index.ts"
import type { JournalHazardSubject } from "../../../core/ports/contract/index.ts"
import { memoryLog } from "../../core/ports/contract/HazardLogs.ts"
import { fixture, run } from "./Fixture.ts"
import { isRace } from "./LongHazards.ts"
import { clientThrough, patience } from "./Through.ts"

describe("a store in DynamoDB withstands replicators that meet in the middle of their writes", () => {
  const place = fixture()
  const { open } = place

  const make = Effect.gen(function* () {
    const openThrough: JournalHazardSubject["openThrough"] = (pass) =>
      open({ ...patience, client: clientThrough(place.client, pass) })
    return { ...(yield* memoryLog), store: yield* open(), reopen: open(), openThrough }
  })
  const races = journalHazardContract(make).filter(({ name }) => isRace(name))
  for (const { name, run: claim } of races) it(name, () => run(claim), 300_000)

  it("in a whole log, and in one that was trimmed", () => expect(races).toHaveLength(2))
})
