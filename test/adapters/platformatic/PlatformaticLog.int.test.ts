import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { describe, expect } from "vitest"
import { PlatformaticLog } from "../../../adapters/platformatic/index.ts"
import { TcpNetwork } from "../../../adapters/tcp/index.ts"
import { commitLogContract } from "../../../core/ports/contract/index.ts"
import { appendBehaviour, embedded, keyBehaviour } from "../../core/append/AppendBehaviour.ts"

describe("PlatformaticLog keeps the contract of a commit log", () => {
  for (const { name, run } of commitLogContract(embedded(PlatformaticLog.make))) {
    it.live(name, () => Effect.scoped(run))
  }
})

describe("PlatformaticLog.append", () => {
  appendBehaviour(PlatformaticLog.make)
})

describe("appends of one key, after one of them has failed", () => {
  keyBehaviour(PlatformaticLog.make)
})

describe("PlatformaticLog", () => {
  it.live("says which address it cannot read", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(PlatformaticLog.make({ brokers: ["localhost"], network: TcpNetwork }))
      expect(error.message).toBe('"localhost" is no broker\'s address: write host:port.')
    })
  )
})
