import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { checkLinearizable } from "../../../core/simulation/Linearizability.ts"
import type { Operation } from "../../../core/simulation/LinearizabilityHistory.ts"
import { counterModel, hashScalar, registerModel } from "../../../core/simulation/LinearizabilityModels.ts"
import type {
  CounterRequest,
  RegisterRequest,
  SequentialModel
} from "../../../core/simulation/LinearizabilityModels.ts"
import { listAppendModel } from "../../../core/simulation/LinearizabilityLists.ts"
import type { ListRequest } from "../../../core/simulation/LinearizabilityLists.ts"
import { queueModel } from "../../../core/simulation/LinearizabilityQueue.ts"
import type { QueueRequest } from "../../../core/simulation/LinearizabilityQueue.ts"
import type { Prng } from "../../../core/simulation/Prng.ts"
import { playAtomicObject } from "./AtomicObject.ts"
import { naivelyLinearizable } from "./NaiveLinearizability.ts"

type ListAnswer = ReadonlyArray<number> | number | "ok"
type QueueAnswer = number | null | "ok"

interface Case<Request, Response> {
  readonly object: () => (request: Request) => Response
  readonly request: (random: Prng) => Request
}

const register: Case<RegisterRequest<number>, number | "ok"> = {
  object: () => {
    let value = 0
    return (request) => {
      if (request._tag === "Read") return value
      value = request.value
      return "ok"
    }
  },
  request: (random) => (random.chance(50) ? { _tag: "Read" } : { _tag: "Write", value: random.below(20) })
}

const counter: Case<CounterRequest, number | "ok"> = {
  object: () => {
    let sum = 0
    return (request) => {
      if (request._tag === "Read") return sum
      sum += request.by
      return request.by % 2 === 0 ? sum : "ok"
    }
  },
  request: (random) => (random.chance(30) ? { _tag: "Read" } : { _tag: "Add", by: random.below(5) - 2 })
}

const lists = (keys: number, values: number): Case<ListRequest<number>, ListAnswer> => ({
  object: () => {
    const all = new Map<string, Array<number>>()
    return (request) => {
      const list = all.get(request.key) ?? []
      all.set(request.key, list)
      if (request._tag === "Read") return [...list]
      list.push(request.value)
      return request.value % 2 === 0 ? list.length - 1 : "ok"
    }
  },
  request: (random) => {
    const key = `k${random.below(keys)}`
    return random.chance(30) ? { _tag: "Read", key } : { _tag: "Append", key, value: random.below(values) }
  }
})

const queue = (values: number): Case<QueueRequest<number>, QueueAnswer> => ({
  object: () => {
    const values: Array<number> = []
    return (request) => {
      if (request._tag === "Dequeue") return values.shift() ?? null
      values.push(request.value)
      return "ok"
    }
  },
  request: (random) => (random.chance(60) ? { _tag: "Dequeue" } : { _tag: "Enqueue", value: random.below(values) })
})

const history = <Request, Response>(
  { object, request }: Case<Request, Response>,
  seed: number,
  size: { readonly operations: number; readonly clients: number }
): ReadonlyArray<Operation<Request, Response>> =>
  playAtomicObject({ seed, ...size, unknown: 2, request, apply: object() })

/** Histories of an atomic object pass, and others are refused. */
const holds = <State, Request, Response>(
  model: SequentialModel<State, Request, Response>,
  played: Case<Request, Response>
): void => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const result = checkLinearizable(model, history(played, seed, { operations: 100, clients: 4 }))
      expect(result._tag).toBe("Linearizable")
    }),
    { numRuns: 60, seed: 3 }
  )
  refuses(model, played)
}

/** With two answers swapped, the verdict is the one by trying every order. */
const refuses = <State, Request, Response>(
  model: SequentialModel<State, Request, Response>,
  played: Case<Request, Response>
): void => {
  let refused = 0
  fc.assert(
    fc.property(fc.integer(), fc.nat(6), fc.nat(6), (seed, first, second) => {
      const right = history(played, seed, { operations: 7, clients: 3 })
      const answers = right.map(({ ended }) => ended?.response)
      const swapped = right.map((one, at) => {
        const response = answers[at === first ? second : at === second ? first : at]
        return one.ended === undefined || response === undefined ? one : { ...one, ended: { ...one.ended, response } }
      })
      const verdict = naivelyLinearizable(model, swapped)
      if (!verdict) refused++
      expect(checkLinearizable({ ...model, partition: () => "" }, swapped)._tag === "Linearizable").toBe(verdict)
    }),
    { numRuns: 400, seed: 2 }
  )
  expect(refused).toBeGreaterThan(20)
}

describe("the model of", () => {
  it("a register accepts what a register does, and nothing else", () => holds(registerModel<number>(0), register))
  it("a counter accepts what a counter does, and nothing else", () => holds(counterModel(), counter))
  it("a queue accepts what a queue does, and nothing else", () => holds(queueModel<number>(), queue(1_000_000)))
  it("a list accepts what a list does, and nothing else", () => holds(listAppendModel<number>(), lists(1, 1_000_000)))
  it("a queue goes by more than values where they are not told apart", () => refuses(queueModel<number>(), queue(2)))
  it("a list goes by more than values where they are not told apart", () =>
    refuses(listAppendModel<number>(), lists(1, 2)))

  it("lists accepts what several lists do", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const played = history(lists(3, 1_000_000), seed, { operations: 500, clients: 6 })
        expect(checkLinearizable(listAppendModel<number>(), played)._tag).toBe("Linearizable")
      }),
      { numRuns: 60, seed: 3 }
    )
  })
})

describe("lists that only grow", () => {
  const step = (key: string, at: number, request: "read" | number, response: ListAnswer) => ({
    client: "a",
    request: request === "read" ? ({ _tag: "Read", key } as const) : ({ _tag: "Append", key, value: request } as const),
    invoked: at,
    ended: { at: at + 1, response }
  })
  const verdict = (...operations: ReadonlyArray<Operation<ListRequest<number>, ListAnswer>>) =>
    checkLinearizable(listAppendModel<number>(), operations)

  it("keep every item that was appended", () => {
    expect(verdict(step("k", 1, 7, 0), step("k", 3, 8, 1), step("k", 5, "read", [8]))._tag).toBe("NotLinearizable")
  })

  it("keep the order of their items", () => {
    expect(verdict(step("k", 1, 7, 0), step("k", 3, 8, 1), step("k", 5, "read", [8, 7]))._tag).toBe("NotLinearizable")
    expect(verdict(step("k", 1, 7, "ok"), step("k", 3, 8, 1), step("k", 5, "read", [7, 8]))._tag).toBe("Linearizable")
  })

  it("give each position once", () => {
    expect(verdict(step("k", 1, 7, 0), step("k", 3, 8, 0))._tag).toBe("NotLinearizable")
  })

  it("show their items when they are not linearizable", () => {
    const result = verdict(step("k", 1, 7, 0), step("k", 3, "read", []))
    expect(result._tag === "NotLinearizable" && result.message).toContain("the object can have been [7]")
  })
})

describe("queues", () => {
  const enqueue = (value: number, from: number, to: number) => ({
    client: "a",
    request: { _tag: "Enqueue", value } as const,
    invoked: from,
    ended: { at: to, response: "ok" as const }
  })
  const dequeue = (response: number | null, from: number, to: number) => ({
    client: "b",
    request: { _tag: "Dequeue" } as const,
    invoked: from,
    ended: { at: to, response }
  })
  const verdict = (...operations: ReadonlyArray<Operation<QueueRequest<number>, QueueAnswer>>) =>
    checkLinearizable(queueModel<number>(), operations)._tag

  it("give values in the order of their enqueues, either one for those that overlap", () => {
    expect(verdict(enqueue(1, 1, 2), enqueue(2, 3, 4), dequeue(2, 5, 6))).toBe("NotLinearizable")
    expect(verdict(enqueue(1, 1, 4), enqueue(2, 1, 4), dequeue(2, 5, 6), dequeue(1, 7, 8))).toBe("Linearizable")
  })

  it("give each value once", () => {
    expect(verdict(enqueue(1, 1, 2), dequeue(1, 3, 4), dequeue(1, 3, 4))).toBe("NotLinearizable")
  })

  it("are not empty while they hold a value", () => {
    expect(verdict(enqueue(1, 1, 2), dequeue(null, 3, 4))).toBe("NotLinearizable")
  })

  it("have one hash for the same values, however they came to hold them", () => {
    const model = queueModel<number>()
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat(5), { nil: undefined })), (values) => {
        let state = model.initial
        const plain: Array<number> = []
        for (const value of values) {
          if (value === undefined) plain.shift()
          else plain.push(value)
          const request = value === undefined ? ({ _tag: "Dequeue" } as const) : ({ _tag: "Enqueue", value } as const)
          state = model.step(state, request, undefined) ?? state
        }
        const direct = plain.reduce(
          (queue, value) => model.step(queue, { _tag: "Enqueue", value }, "ok") ?? queue,
          model.initial
        )
        expect(model.hash(state)).toBe(model.hash(direct))
        expect(model.same(state, direct)).toBe(true)
      })
    )
  })
})

describe("the hash of a scalar", () => {
  it("is the same for equal ones, and tells types and great numbers apart", () => {
    expect(hashScalar(-0)).toBe(hashScalar(0))
    expect(new Set(["1", 1, true, null, "null", 2 ** 40 + 1, 0.5].map(hashScalar)).size).toBe(7)
  })
})
