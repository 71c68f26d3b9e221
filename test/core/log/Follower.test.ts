import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Follower } from "../../../core/log/index.ts"
import type { LogRecord } from "../../../core/log/index.ts"

type Page = Follower.FollowedPage
type Input = Follower.FollowerInput<Page>
type Output = Follower.FollowerOutput<Page>

const record = (offset: number): LogRecord => ({ offset, timestamp: 0, key: null, value: null, headers: [] })

const read = (offsets: ReadonlyArray<number>, nextOffset: number): Input => ({
  _tag: "Read",
  page: { records: offsets.map(record), nextOffset }
})
const take: Input = { _tag: "Take" }
const failed: Input = { _tag: "ReadFailed" }
const tick = (now: number): Input => ({ _tag: "Tick", now })

const show = (output: Output): string => {
  switch (output._tag) {
    case "ReadFrom":
      return `read ${output.offset}`
    case "Page":
      return `page ${output.page.records.map(({ offset }) => offset).join(" ")} next ${output.page.nextOffset}`
    case "End":
      return "end"
  }
}

const follower = (config: Partial<Follower.FollowerConfig> = {}) => {
  let state = Follower.start<Page>({ from: 0, end: undefined, ahead: 1, backoffMs: 10, maxBackoffMs: 60, ...config })
  return {
    feed: (...inputs: ReadonlyArray<Input>): ReadonlyArray<string> =>
      inputs.flatMap((input) => {
        const [next, outputs] = Follower.step(state, input)
        state = next
        return outputs.map(show)
      }),
    state: () => state,
    wakeAt: () => Follower.wakeAt(state)
  }
}

describe("a follower", () => {
  it("reads first at the offset that it is to begin at", () => {
    expect(follower({ from: 7 }).feed(tick(1))).toEqual(["read 7"])
  })

  it("reads on at the page's next offset, past gaps", () => {
    const one = follower()
    one.feed(tick(0))
    expect(one.feed(take, read([0, 2], 9))).toEqual(["page 0 2 next 9", "read 9"])
  })

  it("hands over one page for each take, in order", () => {
    const one = follower({ ahead: 2 })
    one.feed(tick(0), read([0], 1), read([1], 2))
    expect(one.feed(take)).toEqual(["page 0 next 1", "read 2"])
    expect(one.feed(take)).toEqual(["page 1 next 2"])
    expect(one.feed(take)).toEqual([])
    expect(one.feed(read([2], 3))).toEqual(["page 2 next 3", "read 3"])
  })

  it("hands over a page that holds only a gap", () => {
    const one = follower()
    expect(one.feed(tick(0), take, read([], 5))).toEqual(["read 0", "page  next 5", "read 5"])
  })

  it("reads no more pages ahead than it may", () => {
    const one = follower({ ahead: 2 })
    expect(one.feed(tick(0), read([0], 1), read([1], 2))).toEqual(["read 0", "read 1"])
    expect(one.feed(tick(100))).toEqual([])
  })

  it("reads only what was asked for when it may read nothing ahead", () => {
    const one = follower({ ahead: 0 })
    expect(one.feed(tick(0))).toEqual([])
    expect(one.feed(take)).toEqual(["read 0"])
    expect(one.feed(read([0], 1))).toEqual(["page 0 next 1"])
    expect(one.feed(take)).toEqual(["read 1"])
  })

  it("has one read under way at a time", () => {
    const one = follower({ ahead: 5 })
    expect(one.feed(tick(0), tick(1), take, tick(2))).toEqual(["read 0"])
  })

  it("reads again at once, and for ever, at the end of a log that it follows without an end", () => {
    const one = follower()
    one.feed(tick(0), take)
    expect(one.feed(read([], 0), read([], 0), read([], 0))).toEqual(["read 0", "read 0", "read 0"])
    expect(one.feed(read([0], 1))).toEqual(["page 0 next 1", "read 1"])
  })

  it("ends when its position has reached the end, whether or not a record stands there", () => {
    const one = follower({ end: 4 })
    expect(one.feed(tick(0), take, read([1, 2], 9))).toEqual(["read 0", "page 1 2 next 4"])
    expect(one.feed(take)).toEqual(["end"])
  })

  it("leaves out what is at the end or beyond", () => {
    const one = follower({ end: 2 })
    expect(one.feed(tick(0), take, read([0, 1, 2, 3], 4))).toEqual(["read 0", "page 0 1 next 2"])
  })

  it("ends at once, without a read, where it begins at its end or beyond", () => {
    expect(follower({ from: 4, end: 4 }).feed(tick(0), take)).toEqual(["end"])
    expect(follower({ from: 5, end: 4 }).feed(tick(0), take)).toEqual(["end"])
  })

  it("says its end once, after the last page was taken", () => {
    const one = follower({ end: 1 })
    one.feed(tick(0), read([0], 1))
    expect(one.feed(take)).toEqual(["page 0 next 1"])
    expect(one.feed(take, take, take)).toEqual(["end"])
  })

  it("tries a failed read again after a back-off that doubles up to its bound", () => {
    const one = follower()
    let now = 0
    one.feed(tick(now))
    const waits = Array.from({ length: 5 }, () => {
      expect(one.feed(failed)).toEqual([])
      const at = one.wakeAt() ?? Number.NaN
      expect(one.feed(tick(at - 1))).toEqual([])
      expect(one.feed(tick(at))).toEqual(["read 0"])
      const wait = at - now
      now = at
      return wait
    })
    expect(waits).toEqual([10, 20, 40, 60, 60])
  })

  it("begins with the smallest back-off again after a read that succeeded", () => {
    const one = follower()
    one.feed(tick(0), failed, tick(10), failed, tick(30), take, read([0], 1))
    one.feed(failed)
    expect(one.wakeAt()).toBe(40)
  })

  it("waits before it asks again a log that shows nothing on the way to the end", () => {
    const one = follower({ end: 5 })
    expect(one.feed(tick(0), take, read([], 0))).toEqual(["read 0"])
    expect(one.wakeAt()).toBe(10)
    expect(one.feed(tick(10))).toEqual(["read 0"])
  })

  it("needs no waking while a read is under way, or nothing is to be read", () => {
    const one = follower({ end: 1 })
    expect(one.wakeAt()).toBeUndefined()
    one.feed(tick(0))
    expect(one.wakeAt()).toBeUndefined()
    one.feed(read([0], 1), take, take)
    expect(one.wakeAt()).toBeUndefined()
  })

  it("hands over each record below the end once and in order, however reads fail, stop short and overlap with takes", () => {
    const moves = fc.array(fc.constantFrom("take", "page", "empty", "fail", "time"), { maxLength: 60 })
    const gaps = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(
        moves,
        gaps,
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: 0, max: 3 }),
        (script, steps, end, ahead) => {
          const offsets = steps.map((_, at) => steps.slice(0, at).reduce((sum, step) => sum + step, 0))
          const logEnd = Math.max(end, (offsets.at(-1) ?? 0) + 1)
          let state = Follower.start<Page>({ from: 0, end, ahead, backoffMs: 1, maxBackoffMs: 4 })
          const got: Array<number> = []
          let reading: number | undefined
          let wanted = false
          let ended = false
          let now = 0
          const feed = (input: Input) => {
            const [next, outputs] = Follower.step(state, input)
            state = next
            for (const output of outputs) {
              if (output._tag === "ReadFrom") {
                expect(reading).toBeUndefined()
                reading = output.offset
              } else {
                expect(wanted && !ended).toBe(true)
                wanted = false
                if (output._tag === "End") ended = true
                else got.push(...output.page.records.map(({ offset }) => offset))
              }
            }
            expect(state.buffered.length).toBeLessThanOrEqual(Math.max(1, ahead))
          }
          const answer = (kind: string) => {
            if (reading === undefined) return
            const from = reading
            reading = undefined
            if (kind === "fail") return feed(failed)
            if (kind === "empty") return feed(read([], from))
            const inside = offsets.filter((offset) => offset >= from).slice(0, 2)
            const after = offsets.find((offset) => offset > (inside.at(-1) ?? logEnd))
            feed(read(inside, after ?? logEnd))
          }
          const settle = ["take", "page", "time"]
          const ending = Array.from({ length: 200 }, (_, at) => settle[at % 3] ?? "take")
          feed(tick(0))
          for (const move of [...script, ...ending]) {
            if (move === "take") {
              if (!wanted && !ended) {
                wanted = true
                feed(take)
              }
            } else if (move === "time") feed(tick(++now))
            else answer(move)
          }
          expect(ended).toBe(true)
          expect(got).toEqual(offsets.filter((offset) => offset < end))
        }
      ),
      { numRuns: 100 }
    )
  })
})
