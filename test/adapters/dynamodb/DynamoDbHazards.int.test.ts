import * as Effect from "effect/Effect"
import { describe, it } from "vitest"
import { journalHazardContract } from "../../../core/ports/contract/index.ts"
import type { JournalHazardSubject } from "../../../core/ports/contract/index.ts"
import { memoryLog } from "../../core/ports/contract/HazardLogs.ts"
import { fixture, run, table } from "./Fixture.ts"
import { isLong } from "./LongHazards.ts"
import { clientThrough, contentsOf, patience } from "./Through.ts"

describe.concurrent("a store in DynamoDB withstands the hazards", () => {
  const place = fixture()
  const { open } = place

  const make = Effect.gen(function* () {
    const openThrough: JournalHazardSubject["openThrough"] = (pass) =>
      open({ ...patience, client: clientThrough(place.client, pass) })
    const contents = Effect.promise(() => contentsOf(place.client, table))
    return { ...(yield* memoryLog), store: yield* open(), reopen: open(), openThrough, contents }
  })
  for (const { name, run: claim } of journalHazardContract(make)) {
    if (!isLong(name)) it(name, () => run(claim), 120_000)
  }
})
