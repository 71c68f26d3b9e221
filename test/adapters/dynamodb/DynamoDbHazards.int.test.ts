import * as Effect from "effect/Effect"
import { describe, it } from "vitest"
import { journalHazardContract } from "../../../core/ports/contract/index.ts"
import { memoryLog } from "../../core/ports/contract/HazardLogs.ts"
import { fixture, run } from "./Fixture.ts"

/** A DynamoDB in this process is slow: these are held against one of its own process alone. */
const isLong = (name: string): boolean =>
  /to write "(d2 a3|a4-5|d3|a6 d4|purge|purge a1-2)" on |during which .* is copied|a purge and another|another beginning/.test(
    name
  )

describe.concurrent("a store in DynamoDB withstands the hazards", () => {
  const { open } = fixture()

  const make = Effect.gen(function* () {
    return { ...(yield* memoryLog), store: yield* open(), reopen: open() }
  })
  for (const { name, run: claim } of journalHazardContract(make)) {
    if (!isLong(name)) it(name, () => run(claim), 120_000)
  }
})
