import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { checkLinearizable } from "../../../core/simulation/Linearizability.ts"
import { HistoryRecorder } from "../../../core/simulation/LinearizabilityHistory.ts"
import type { Operation } from "../../../core/simulation/LinearizabilityHistory.ts"
import { keyValueModel, registerModel } from "../../../core/simulation/LinearizabilityModels.ts"
import type { KeyValueRequest, RegisterRequest } from "../../../core/simulation/LinearizabilityModels.ts"
import { playAtomicObject } from "./AtomicObject.ts"
import { naivelyLinearizable } from "./NaiveLinearizability.ts"

type Registered = Operation<RegisterRequest<number>, number | "ok">

const register = registerModel<number>(0)

const write = (client: string, value: number, invoked: number, at?: number): Registered => ({
  client,
  request: { _tag: "Write", value },
  invoked,
  ended: at === undefined ? undefined : { at, response: "ok" }
})

const read = (client: string, response: number, invoked: number, at: number): Registered => ({
  client,
  request: { _tag: "Read" },
  invoked,
  ended: { at, response }
})

const verdict = (...history: ReadonlyArray<Registered>) => checkLinearizable(register, history)._tag

type KeyValue = KeyValueRequest<number>
type KeyValueAnswer = number | null | boolean | "ok"

/** A key-value store that clients hammer: `keys` keys with few values, all four operations. */
const keyValueHistory = (seed: number, operations: number, keys: number, unknown: number) => {
  const values = new Map<string, number>()
  return playAtomicObject<KeyValue, KeyValueAnswer>({
    seed,
    clients: 16,
    operations,
    unknown,
    request: (random) => {
      const key = `k${random.below(keys)}`
      const roll = random.below(10)
      if (roll < 4) return { _tag: "Get", key }
      if (roll < 7) return { _tag: "Put", key, value: random.below(100) }
      if (roll < 8) return { _tag: "Delete", key }
      const expected = random.chance(80) ? (values.get(key) ?? null) : random.below(100)
      return { _tag: "CompareAndSet", key, expected, value: random.below(100) }
    },
    apply: (request) => {
      const known = values.get(request.key) ?? null
      if (request._tag === "Get") return known
      if (request._tag === "Delete") {
        values.delete(request.key)
        return "ok"
      }
      if (request._tag === "CompareAndSet" && known !== request.expected) return false
      values.set(request.key, request.value)
      return request._tag === "Put" ? "ok" : true
    }
  })
}

/** Histories of up to six operations on a register, right or wrong, with ties and unknown outcomes. */
const smallHistory = fc.array(
  fc
    .record({
      write: fc.boolean(),
      value: fc.nat(2),
      from: fc.nat(8),
      lasts: fc.nat(5),
      unknown: fc.nat(3).map((roll) => roll === 0)
    })
    .map(({ from, lasts, unknown, value, write: writes }): Registered => ({
      client: "c",
      request: writes ? { _tag: "Write", value } : { _tag: "Read" },
      invoked: from,
      ended: unknown ? undefined : { at: from + lasts, response: writes ? "ok" : value }
    })),
  { maxLength: 6 }
)

describe("what is linearizable", () => {
  it("is a history in which nothing overlaps and every read sees the last write", () => {
    expect(verdict(write("a", 1, 1, 2), read("b", 1, 3, 4), write("a", 2, 5, 6), read("b", 2, 7, 8))).toBe(
      "Linearizable"
    )
  })

  it("is nothing at all", () => {
    expect(verdict()).toBe("Linearizable")
  })

  it("is a read that overlaps a write, with the old value and with the new one", () => {
    expect(verdict(write("a", 1, 1, 10), read("b", 0, 2, 3))).toBe("Linearizable")
    expect(verdict(write("a", 1, 1, 10), read("b", 1, 2, 3))).toBe("Linearizable")
  })

  it("is a write of unknown outcome that a read sees much later, or never", () => {
    const lost = write("a", 1, 1)
    expect(verdict(lost, read("b", 0, 5, 6), read("b", 1, 7, 8))).toBe("Linearizable")
    expect(verdict(lost, read("b", 0, 5, 6))).toBe("Linearizable")
  })

  it("gives the order that explains the history", () => {
    const history = [write("a", 1, 1, 10), read("b", 0, 2, 3), read("b", 1, 4, 5)] as const
    const result = checkLinearizable(register, history)
    expect(result).toMatchObject({
      _tag: "Linearizable",
      orders: [{ partition: "", order: [history[1], history[0], history[2]] }]
    })
  })
})

describe("what is not linearizable", () => {
  it("is a stale read: the write had ended before the read began", () => {
    expect(verdict(write("a", 1, 1, 2), read("b", 0, 3, 4))).toBe("NotLinearizable")
  })

  it("is a read from the future", () => {
    expect(verdict(read("b", 1, 1, 2), write("a", 1, 3, 4))).toBe("NotLinearizable")
  })

  it("is a pair of reads that see a write come and go", () => {
    expect(verdict(write("a", 1, 1, 10), read("b", 1, 2, 3), read("c", 0, 4, 5))).toBe("NotLinearizable")
  })

  it("is a pair of reads of unknown writes in two orders", () => {
    const writes = [write("a", 1, 1), write("b", 2, 1)]
    expect(verdict(...writes, read("c", 1, 2, 3), read("c", 2, 4, 5))).toBe("Linearizable")
    expect(verdict(...writes, read("c", 1, 2, 3), read("c", 2, 4, 5), read("c", 1, 6, 7))).toBe("NotLinearizable")
  })

  it("is a value that nobody wrote", () => {
    expect(verdict(write("a", 1, 1, 2), read("b", 7, 1, 2))).toBe("NotLinearizable")
  })

  it("is a lost update: both compare-and-sets found the same value", () => {
    const set = (client: string, value: number, invoked: number): Operation<KeyValue, KeyValueAnswer> => ({
      client,
      request: { _tag: "CompareAndSet", key: "k", expected: null, value },
      invoked,
      ended: { at: 10, response: true }
    })
    expect(checkLinearizable(keyValueModel<number>(), [set("a", 1, 1), set("b", 2, 2)])._tag).toBe("NotLinearizable")
  })
})

describe("a violation", () => {
  const history = [
    write("a", 1, 1, 2),
    write("a", 2, 3, 4),
    write("b", 3, 7, 12),
    read("c", 1, 5, 8),
    read("d", 3, 20, 21)
  ]
  const result = checkLinearizable(register, history)

  it("names the first operation by its end that cannot be placed, and what overlaps it or went just before", () => {
    expect(result).toMatchObject({ operation: history[3], window: [history[0], history[1], history[3], history[2]] })
  })

  it("comes with an order that explains all that ended before, and with every state that was possible", () => {
    expect(result).toMatchObject({ prefix: [history[0], history[1], history[2]], possible: [3, 2] })
  })

  it("can be read", () => {
    expect(result._tag === "NotLinearizable" && result.message).toBe(
      [
        "Not linearizable: no order of the operations explains read → 1 of c.",
        "Around it, by beginning (! is the operation itself, ? an outcome that nobody knows):",
        '   1 –  2  a  write 1 → "ok"',
        '   3 –  4  a  write 2 → "ok"',
        "!  5 –  8  c  read → 1",
        '   7 – 12  b  write 3 → "ok"',
        "When it answered, the object can have been 3 or 2.",
        'What ended before it can be explained by: write 1 → "ok", write 2 → "ok", write 3 → "ok".'
      ].join("\n")
    )
  })

  it("names the partition", () => {
    const get = (key: string, response: number | null): Operation<KeyValue, KeyValueAnswer> => ({
      client: "a",
      request: { _tag: "Get", key },
      invoked: 1,
      ended: { at: 2, response }
    })
    const found = checkLinearizable(keyValueModel<number>(), [get("good", null), get("bad", 4)])
    expect(found).toMatchObject({ _tag: "NotLinearizable", partition: "bad" })
  })
})

describe("the checker", () => {
  it("agrees with trying every order, on any small history", () => {
    let right = 0
    let runs = 0
    fc.assert(
      fc.property(smallHistory, (history) => {
        const naive = naivelyLinearizable(register, history)
        expect(checkLinearizable(register, history)._tag === "Linearizable").toBe(naive)
        runs++
        if (naive) right++
      }),
      { numRuns: 4000, seed: 1 }
    )
    expect(right).toBeGreaterThan(runs / 10)
    expect(right).toBeLessThan((runs * 9) / 10)
  })

  it("blames the first response that no order explains", () => {
    fc.assert(
      fc.property(smallHistory, (history) => {
        const result = checkLinearizable(register, history)
        if (result._tag !== "NotLinearizable") return
        const end = result.operation.ended?.at ?? Infinity
        /** The history as it was known at that moment. */
        const until = (isKnown: (operation: Registered) => boolean) =>
          history.map((one) => (isKnown(one) ? one : { ...one, ended: undefined })).filter((one) => one.invoked <= end)
        const before = until((one) => (one.ended?.at ?? Infinity) < end)
        const upTo = until((one) => (one.ended?.at ?? Infinity) <= end)
        expect(naivelyLinearizable(register, before)).toBe(true)
        expect(naivelyLinearizable(register, upTo)).toBe(false)
      }),
      { numRuns: 2000 }
    )
  })

  it("gives witnesses that the model and real time allow", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const model = keyValueModel<number>()
        const history = keyValueHistory(seed, 300, 5, 2)
        const result = checkLinearizable(model, history)
        if (result._tag !== "Linearizable") throw new Error(result._tag)
        const orders = result.orders.map(({ order }) => order)
        const placed = new Set(orders.flat())
        expect(history.filter((one) => one.ended !== undefined && !placed.has(one))).toEqual([])
        for (const order of orders) {
          let state: number | null | undefined = model.initial
          let latest = 0
          for (const { ended, invoked, request } of order) {
            expect(ended?.at ?? Infinity).toBeGreaterThan(latest)
            latest = Math.max(latest, invoked)
            if (state !== undefined) state = model.step(state, request, ended?.response)
          }
          expect(state).not.toBeUndefined()
        }
      }),
      { numRuns: 50 }
    )
  })

  it("refuses a history in which one read was changed to a value that never was", () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(), (seed, pick) => {
        const history = keyValueHistory(seed, 400, 5, 1)
        const reads = history.filter(({ ended, request }) => request._tag === "Get" && ended !== undefined)
        const chosen = reads[pick % reads.length]
        const mutated = history.map((one) =>
          one === chosen && one.ended !== undefined ? { ...one, ended: { at: one.ended.at, response: 1000 } } : one
        )
        expect(checkLinearizable(keyValueModel<number>(), mutated)._tag).toBe("NotLinearizable")
      }),
      { numRuns: 50 }
    )
  })

  it("goes through 100,000 operations of 16 clients on 100 keys, a thousandth of unknown outcome, in few more states", () => {
    const history = keyValueHistory(1, 100_000, 100, 0.1)
    const result = checkLinearizable(keyValueModel<number>(), history)
    expect(result._tag).toBe("Linearizable")
    expect(result.states).toBeLessThan(200_000)
  })

  it("goes through a long history of one partition without recursion", () => {
    const result = checkLinearizable(keyValueModel<number>(), keyValueHistory(2, 50_000, 1, 0))
    expect(result._tag).toBe("Linearizable")
  })

  it("gives up after as many states as it may go through, and says where", () => {
    const history = keyValueHistory(3, 1000, 2, 0)
    const result = checkLinearizable(keyValueModel<number>(), history, { maxStates: 100 })
    expect(result).toMatchObject({ _tag: "GaveUp", partitions: expect.arrayContaining(["k0", "k1"]) })
  })

  it("refuses an operation that ends before it begins", () => {
    expect(() => verdict(write("a", 1, 5, 4))).toThrow("mend the clock")
  })
})

describe("a recorder of histories", () => {
  it("leaves out what was refused, and keeps open what was not heard of again", () => {
    const recorder = new HistoryRecorder<string, string>()
    const [ended, refused] = [
      recorder.invoked("a", "one"),
      recorder.invoked("b", "two"),
      recorder.invoked("c", "three")
    ]
    recorder.refused(refused)
    recorder.ended(ended, "done")
    expect(recorder.history()).toEqual([
      { client: "a", request: "one", invoked: 1, ended: { at: 4, response: "done" } },
      { client: "c", request: "three", invoked: 3, ended: undefined }
    ])
  })

  it("refuses a second end", () => {
    const recorder = new HistoryRecorder<string, string>()
    const id = recorder.invoked("a", "one")
    recorder.ended(id, "done")
    expect(() => recorder.refused(id)).toThrow("not under way")
  })
})
