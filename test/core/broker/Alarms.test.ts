import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Alarms } from "../../../core/broker/Alarms.ts"

describe("Alarms", () => {
  it("name what is due in the order of its time, and each name once", () => {
    const change = fc.record({
      name: fc.constantFrom("a", "b", "c", "d"),
      at: fc.option(fc.nat(20), { nil: undefined })
    })
    fc.assert(
      fc.property(fc.array(change, { maxLength: 300 }), fc.nat(20), (changes, now) => {
        const alarms = new Alarms()
        const model = new Map<string, number>()
        for (const { at, name } of changes) {
          alarms.set(name, at)
          if (at === undefined) model.delete(name)
          else model.set(name, at)
        }
        const due: Array<string> = []
        for (let name = alarms.due(now); name !== undefined; name = alarms.due(now)) due.push(name)
        expect([...due].sort()).toEqual([...model].flatMap(([name, at]) => (at <= now ? [name] : [])).sort())
        const times = due.map((name) => model.get(name) ?? -1)
        expect(times).toEqual([...times].sort((a, b) => a - b))
        const later = [...model.values()].filter((at) => at > now)
        expect(alarms.next()).toBe(later.length === 0 ? undefined : Math.min(...later))
      })
    )
  })

  it("hold no more than twice what counts, however often a far time is replaced or taken away", () => {
    const alarms = new Alarms()
    for (let i = 0; i < 10_000; i++) {
      alarms.set("member", 1_000_000 + i)
      alarms.set(`fetch ${i}`, 2_000_000)
      alarms.set(`fetch ${i}`, undefined)
    }
    expect(alarms.entries).toBeLessThan(100)
    expect(alarms.next()).toBe(1_009_999)
  })
})
