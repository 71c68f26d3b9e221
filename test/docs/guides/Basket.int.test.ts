import { Broker } from "odradek/runtimes/promise"
import { expect, it } from "vitest"
import { currentBasket, evolve, openBaskets } from "./Basket.ts"

it("counts what was added and not removed", () => {
  const added = evolve(new Map(), { _tag: "Added", article: "spool", count: 2 })
  expect(evolve(added, { _tag: "Removed", article: "spool" }).size).toBe(0)
})

it("shows a basket to everybody at once", async () => {
  const broker = await Broker.start()
  const [mine, yours] = await Promise.all([1, 2].map(() => openBaskets(broker.address, "memory:")))
  await mine!.journal("a").append([{ payload: { _tag: "Added", article: "spool", count: 2 } }])
  expect(await currentBasket(yours!.journal("a"))).toEqual(new Map([["spool", 2]]))
  await mine!.close()
  await yours!.close()
  await broker.close()
})
