import { Broker, Journals } from "odradek/runtimes/promise"
import type { Journal } from "odradek/runtimes/promise"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { JournalError } from "../../../core/journal/index.ts"
import { appendOnce } from "./AppendOnce.ts"

describe("the append of the page on errors", () => {
  let broker: Broker
  let journals: Journals<unknown>

  beforeAll(async () => {
    broker = await Broker.start()
    journals = await Journals.open({ brokers: [broker.address], topic: "errors", store: "memory:", log: () => {} })
  })

  afterAll(async () => {
    await journals.close()
    await broker.close()
  })

  /** A journal whose appends fail as often as there are reasons, before they are made or after. */
  const failing = (journal: Journal<unknown>, reasons: ReadonlyArray<JournalError["reason"]>) => {
    const left = [...reasons]
    return {
      read: (range?: Parameters<typeof journal.read>[0]) => journal.read(range),
      append: async (...given: Parameters<typeof journal.append>) => {
        const reason = left.shift()
        if (reason === undefined) return journal.append(...given)
        if (reason === "Unknown") await journal.append(...given)
        throw new JournalError({ reason, topic: "errors", message: "It failed." })
      }
    }
  }

  const payloads = async (id: string): Promise<ReadonlyArray<unknown>> => {
    const all: Array<unknown> = []
    for await (const { payload } of journals.journal(id).read()) all.push(payload)
    return all
  }

  it("counts once, though its answer was lost and it was sent again", async () => {
    const journal = failing(journals.journal("a"), ["Unavailable", "Unknown", "Unknown"])
    expect(await appendOnce(journal, { id: "1", payload: "one", seqNr: 1 })).toBe(true)
    expect(await payloads("a")).toEqual(["one"])
  })

  it("says that another one had the number first", async () => {
    const journal = journals.journal("b")
    expect(await appendOnce(journal, { id: "1", payload: "one", seqNr: 1 })).toBe(true)
    expect(await appendOnce(journal, { id: "2", payload: "two", seqNr: 1 })).toBe(false)
    expect(await payloads("b")).toEqual(["one"])
  })

  it("fails where the same would fail again, and where nothing becomes known", async () => {
    const refused = failing(journals.journal("c"), ["Refused"])
    await expect(appendOnce(refused, { id: "1", payload: "one", seqNr: 1 })).rejects.toMatchObject({
      reason: "Refused"
    })
    const never = failing(
      journals.journal("c"),
      Array.from({ length: 5 }, () => "Unavailable" as const)
    )
    await expect(appendOnce(never, { id: "1", payload: "one", seqNr: 1 })).rejects.toThrow("Nobody knows")
  })
})
