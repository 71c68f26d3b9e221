import { expect, it } from "vitest"
import { operationsNotTold, operationsOf } from "../../../core/client/index.ts"

it("each bit is the operation of that code", () => {
  expect(operationsOf(1 << 3)).toEqual(new Set(["Read"]))
  expect(operationsOf((1 << 4) | (1 << 10) | (1 << 12))).toEqual(
    new Set(["Write", "DescribeConfigs", "IdempotentWrite"])
  )
})

it("nothing is allowed is something else than nothing is told", () => {
  expect(operationsOf(0)).toEqual(new Set())
  expect(operationsOf(operationsNotTold)).toBeUndefined()
})
