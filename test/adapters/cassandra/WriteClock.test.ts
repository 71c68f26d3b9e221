import { describe, expect, it } from "vitest"
import { WriteClock } from "../../../adapters/cassandra/WriteClock.ts"

describe("the clock of writes", () => {
  it("goes on from the time of day, in microseconds", () => {
    expect(new WriteClock().next(1000)).toBe(1_000_000)
  })

  it("gives each write a later stamp, with room for what the write replaces, though the time stands still or goes back", () => {
    const clock = new WriteClock()
    expect([clock.next(1000), clock.next(1000), clock.next(900)]).toEqual([1_000_000, 1_000_002, 1_000_004])
  })

  it("goes on from a later stamp that it was told of", () => {
    const clock = new WriteClock()
    clock.observe(5_000_000)
    clock.observe(4_000_000)
    clock.observe(undefined)
    expect(clock.next(1000)).toBe(5_000_002)
    expect(clock.nextMs).toBe(5001)
  })
})
