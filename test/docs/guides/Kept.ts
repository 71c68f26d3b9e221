import { Broker } from "odradek/runtimes/promise"
import { currentBasket, openBaskets } from "./Basket.ts"

for (const run of [1, 2]) {
  const broker = await Broker.start({ data: "./log", fsync: "always" })
  const baskets = await openBaskets(broker.address, "sqlite:baskets.db")
  await baskets.replicate()

  const basket = baskets.journal("basket-1")
  await basket.append([{ payload: { _tag: "Added", article: "spool", count: 1 } }])
  console.log(`run ${run}: ${(await currentBasket(basket)).get("spool")} spools`)

  await baskets.close()
  await broker.close()
}
