import { expect, it } from "vitest"
import { Broker, Journals } from "../../../runtimes/promise/index.ts"
import { eventually } from "../../Eventually.ts"

it("replicators of one group share the topic, and one that is closed leaves its part to the other", async () => {
  await using broker = await Broker.start({ defaultPartitions: 4 })
  const open = () => Journals.open({ brokers: [broker.address], topic: "t", store: "memory:", log: () => undefined })
  await using journals = await open()
  await using others = await open()
  const ids = Array.from({ length: 40 }, (_, n) => `j${n}`)
  for (const id of ids) await journals.journal(id).append([{ payload: id }])

  /** How many journals are in the store of these, which nobody else replicates to. */
  const stored = async (some: Journals<unknown>): Promise<number> => {
    const explained = await Promise.all(ids.map((id) => some.journal(id).explain()))
    return explained.filter(({ events }) => events.some(({ source }) => source === "store")).length
  }
  const [first] = await Promise.all([journals.replicate({ group: "g" }), others.replicate({ group: "g" })])
  await eventually(async () => {
    const [ours, theirs] = [await stored(journals), await stored(others)]
    expect(ours).toBeGreaterThan(0)
    expect(theirs).toBeGreaterThan(0)
  })
  await first.close()
  await eventually(async () => expect(await stored(others)).toBe(40))
})

it("a replicator closes at once when no coordinator answers", async () => {
  const broker = await Broker.start()
  const lines: Array<string> = []
  await using journals = await Journals.open({
    brokers: [broker.address],
    topic: "t",
    store: "memory:",
    log: (line) => lines.push(line)
  })
  await broker.close()
  const replicator = await journals.replicate({ group: "g" })
  await eventually(() => expect(lines.join("\n")).toContain("Group g waits for its coordinator"))
  await replicator.close()
  expect(lines.filter((line) => line.includes("Group g waits"))).toHaveLength(1)
})
