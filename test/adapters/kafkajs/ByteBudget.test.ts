import { expect, it } from "vitest"
import { ByteBudget } from "../../../adapters/kafkajs/ByteBudget.ts"

it("who finds enough takes it at once, and others wait in their order, the small behind the large", async () => {
  const budget = new ByteBudget(10)
  const gone: Array<string> = []
  expect(budget.take(6)).toBeUndefined()
  const large = budget.take(7)?.then(() => gone.push("large"))
  const small = budget.take(1)?.then(() => gone.push("small"))
  expect([large, small]).toEqual([expect.any(Promise), expect.any(Promise)])
  budget.give(6)
  await Promise.all([large, small])
  expect(gone).toEqual(["large", "small"])
  expect(budget.take(2)).toBeUndefined()
})

it("who wants more than there is takes all of it, and gives it back", () => {
  const budget = new ByteBudget(10)
  expect(budget.take(100)).toBeUndefined()
  expect(budget.take(1)).toBeInstanceOf(Promise)
  budget.give(100)
  expect(budget.take(9)).toBeUndefined()
})
