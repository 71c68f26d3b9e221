import { expect, it } from "vitest"
import { ByteBudget } from "../../../core/append/ByteBudget.ts"

it("who finds enough takes it at once, and others wait in their order, the small behind the large", () => {
  const budget = new ByteBudget(10)
  const gone: Array<string> = []
  budget.take(6, () => gone.push("first"))
  budget.take(7, () => gone.push("large"))
  budget.take(1, () => gone.push("small"))
  expect(gone).toEqual(["first"])
  budget.give(6)
  expect(gone).toEqual(["first", "large", "small"])
  budget.take(2, () => gone.push("last"))
  expect(gone.at(-1)).toBe("last")
})

it("who wants more than there is takes all of it, and gives it back", () => {
  const budget = new ByteBudget(10)
  const gone: Array<string> = []
  budget.take(100, () => gone.push("all"))
  budget.take(1, () => gone.push("one"))
  expect(gone).toEqual(["all"])
  budget.give(100)
  budget.take(9, () => gone.push("the rest"))
  expect(gone).toEqual(["all", "one", "the rest"])
})
