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
      fc.property(fc.array(change), fc.nat(20), (changes, now) => {
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
})
