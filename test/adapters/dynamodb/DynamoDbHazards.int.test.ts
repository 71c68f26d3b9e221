import * as Effect from "effect/Effect"
import { describe, it } from "vitest"
import { journalHazardContract } from "../../../core/ports/contract/index.ts"
import { memoryLog } from "../../core/ports/contract/HazardLogs.ts"
import { fixture, run } from "./Fixture.ts"
import { isLong } from "./LongHazards.ts"

describe.concurrent("a store in DynamoDB withstands the hazards", () => {
  const { open } = fixture()

  const make = Effect.gen(function* () {
    return { ...(yield* memoryLog), store: yield* open(), reopen: open() }
  })
  for (const { name, run: claim } of journalHazardContract(make)) {
    if (!isLong(name)) it(name, () => run(claim), 120_000)
  }
})
