import { Broker, Journals } from "odradek/runtimes/promise"

const broker = await Broker.start()
const baskets = await Journals.open({ brokers: [broker.address], topic: "baskets", store: "memory:" })

const basket = baskets.journal("basket-1")
await basket.append([{ payload: { added: "spool" } }, { payload: { added: "thread" } }])
await basket.append([{ payload: { removed: "spool" } }])

for await (const { payload, seqNr } of basket.read()) console.log(seqNr, JSON.stringify(payload))

await baskets.close()
await broker.close()
