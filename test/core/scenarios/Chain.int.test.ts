import { expect, it } from "vitest"
import * as chain from "../../../core/chain/index.ts"
import { makeChainScenario } from "../../../core/scenarios/index.ts"
import { check } from "../../../core/simulation/index.ts"

it("a whole batch comes to every corner", { timeout: 600_000 }, () => {
  expect(check(makeChainScenario(chain)).missing).toEqual([])
})
