import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { describe } from "vitest"
import { MemoryNetwork } from "../../../adapters/memory/index.ts"
import { networkContract } from "../../../core/ports/contract/index.ts"

describe("MemoryNetwork", () => {
  const subject = Effect.sync(() => ({ network: MemoryNetwork.make(), address: { host: "memory", port: 0 } }))
  for (const { name, run } of networkContract(subject)) {
    it.live(name, () => Effect.scoped(run))
  }
})
