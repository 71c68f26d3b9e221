import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import { AppendLanes, type PartitionCheck } from "../../../core/append/AppendLanes.ts"
import type { Held } from "../../../core/append/ProducerPool.ts"
import type { ProducerBatch, SendFailure, SendOutcome } from "../../../core/append/index.ts"
import type { AppendRequest, CommitLogError } from "../../../core/ports/index.ts"

/** A send that the test answers. */
interface Sent {
  readonly producer: number
  readonly values: ReadonlyArray<string>
  readonly done: (outcome: SendOutcome) => void
}

/** Lanes whose producers, clock and turns are the test's. */
const bench = (
  given: {
    readonly limit?: number
    readonly maxInFlightBytes?: number
    readonly checked?: Exit.Exit<PartitionCheck, CommitLogError>
  } = {}
) => {
  const sent: Array<Sent> = []
  const turns: Array<() => void> = []
  let now = 0
  let wake: { readonly at: number; readonly run: () => void } | undefined
  let producers = 0
  let held: Held | undefined
  const open = (): Held => {
    const producer = ++producers
    const send = ({ records }: ProducerBatch, done: Sent["done"]): void => {
      sent.push({ producer, values: records.map(({ value }) => Buffer.from(value ?? []).toString()), done })
    }
    return { producer: { send }, close: Effect.void, users: 0, spoiled: false }
  }
  const lanes = new AppendLanes({
    pool: {
      acquire: (use) => {
        held ??= open()
        use(Result.succeed(held))
      },
      release: (_, failure) => {
        if (failure?.spoiled === true) held = undefined
      }
    },
    check: (_topic, _partition, done) => done(given.checked ?? Exit.succeed({ limit: given.limit })),
    brokers: "here:1",
    appendTimeoutMs: 1000,
    limits: { maxRecords: 10, maxBytes: 10_000 },
    maxInFlightBytes: given.maxInFlightBytes ?? 10_000,
    compressed: false,
    now: () => now,
    soon: (run) => turns.push(run),
    later: (ms, run) => {
      wake = { at: now + ms, run }
    }
  })
  const turn = (): void => {
    for (let run = turns.shift(); run !== undefined; run = turns.shift()) run()
  }
  const append = (value: string, key: string | null = null, partition = 0) => {
    const request: AppendRequest = {
      topic: "t",
      partition,
      key: key === null ? null : Buffer.from(key),
      value: Buffer.from(value),
      headers: [],
      timestamp: 0
    }
    const fiber = Effect.runFork(lanes.append(request))
    return { fiber, outcome: () => outcomeOf(fiber.pollUnsafe()) }
  }
  return {
    lanes,
    sent,
    turn,
    append,
    pass: (ms: number) => {
      now += ms
      if (wake !== undefined && wake.at <= now) {
        const { run } = wake
        wake = undefined
        run()
      }
      turn()
    },
    answer: (outcome: SendOutcome) => {
      sent.shift()?.done(outcome)
      turn()
    }
  }
}

const outcomeOf = (exit: Exit.Exit<number, CommitLogError> | undefined): number | string => {
  if (exit === undefined) return "under way"
  if (Exit.isSuccess(exit)) return exit.value
  const found = Exit.findError(exit)
  return Result.isSuccess(found) ? found.success.reason : "died"
}

const failure = (reason: SendFailure["reason"], spoiled: boolean): SendOutcome =>
  Result.fail({ reason, type: undefined, spoiled, cause: new Error("said") })

describe("appends of one partition", () => {
  it("that start in one turn are sent together, the others when the first have their answer", () => {
    const { answer, append, sent, turn } = bench()
    const first = [append("a"), append("b")]
    turn()
    const later = append("c")
    turn()
    expect(sent.map(({ values }) => values)).toEqual([["a", "b"]])
    answer(Result.succeed(7))
    expect(first.map(({ outcome }) => outcome())).toEqual([7, 8])
    expect(sent.map(({ values }) => values)).toEqual([["c"]])
    answer(Result.succeed(9))
    expect(later.outcome()).toBe(9)
  })

  it("are not sent with more than the topic takes", () => {
    const { answer, append, sent, turn } = bench({ limit: 200 })
    const all = ["x".repeat(90), "y".repeat(90), "z".repeat(500)].map((text) => append(text))
    turn()
    expect(sent.map(({ values }) => values.length)).toEqual([1])
    answer(Result.succeed(0))
    answer(Result.succeed(1))
    expect(all.map(({ outcome }) => outcome())).toEqual([0, 1, "TooLarge"])
  })

  it("are sent in halves while the broker says that they are too large together", () => {
    const { answer, append, sent, turn } = bench()
    const all = ["a", "b", "c", "d"].map((text) => append(text, text))
    turn()
    answer(failure("TooLarge", false))
    expect(sent[0]?.values).toEqual(["a", "b"])
    answer(Result.succeed(0))
    answer(failure("TooLarge", false))
    answer(failure("TooLarge", false))
    answer(Result.succeed(2))
    expect(all.map(({ outcome }) => outcome())).toEqual([0, 1, "TooLarge", 2])
  })

  it("go to a new producer, once, when theirs has written nothing and is spoiled", () => {
    const { answer, append, sent, turn } = bench()
    const one = append("a")
    turn()
    answer(failure("Unreachable", true))
    expect(sent.map(({ producer, values }) => ({ producer, values }))).toEqual([{ producer: 2, values: ["a"] }])
    answer(failure("Unreachable", true))
    expect([one.outcome(), sent.length]).toEqual(["Unreachable", 0])
  })

  it("are not sent again when it is not known whether they are written, and the next ones have a new producer", () => {
    const { answer, append, sent, turn } = bench()
    const one = append("a")
    turn()
    const next = append("b")
    answer(failure("Unknown", true))
    expect(one.outcome()).toBe("Unknown")
    expect(sent.map(({ producer, values }) => ({ producer, values }))).toEqual([{ producer: 2, values: ["b"] }])
    answer(Result.succeed(5))
    expect(next.outcome()).toBe(5)
  })

  it("end at their deadline: unknown when they are with the producer, and unsent when they are not", () => {
    const { answer, append, pass, sent, turn } = bench()
    const one = append("a")
    turn()
    const next = append("b")
    pass(999)
    expect([one.outcome(), next.outcome()]).toEqual(["under way", "under way"])
    pass(1)
    expect([one.outcome(), next.outcome()]).toEqual(["Unknown", "Unreachable"])
    answer(Result.succeed(0))
    expect(sent).toEqual([])
  })

  it("of one key end with the first that fails, except what is started after that was told", () => {
    const { answer, append, sent, turn } = bench()
    const first = append("a", "k")
    turn()
    const behind = [append("b", "k"), append("c", "other")]
    answer(failure("Refused", false))
    const anew = append("d", "k")
    expect(first.outcome()).toBe("Refused")
    expect(sent.map(({ values }) => values)).toEqual([["c"]])
    answer(Result.succeed(1))
    answer(Result.succeed(2))
    expect([...behind, anew].map(({ outcome }) => outcome())).toEqual(["Refused", 1, 2])
  })

  it("that are interrupted before their turn are not sent", async () => {
    const { append, sent, turn } = bench()
    const one = append("a")
    const two = append("b")
    await Effect.runPromise(Fiber.interrupt(one.fiber))
    turn()
    expect([sent.map(({ values }) => values), two.outcome()]).toEqual([[["b"]], "under way"])
  })

  it("end when the log is closed, and no more are taken", () => {
    const { append, lanes, turn } = bench()
    const one = append("a")
    turn()
    lanes.close()
    const late = append("b")
    lanes.end()
    expect([one.outcome(), late.outcome()]).toEqual(["Unknown", "Unreachable"])
  })

  it("wait while too many bytes are on their way to other partitions", () => {
    const { answer, append, sent, turn } = bench({ maxInFlightBytes: 100 })
    const all = [append("x".repeat(60), null, 0), append("y".repeat(60), null, 1)]
    turn()
    expect(sent.length).toBe(1)
    answer(Result.succeed(0))
    expect(sent.map(({ values }) => values[0]?.[0])).toEqual(["y"])
    answer(Result.succeed(0))
    expect(all.map(({ outcome }) => outcome())).toEqual([0, 0])
  })

  it("die with a check that has died, and do not hang", () => {
    const { append, turn } = bench({ checked: Exit.die(new Error("defect")) })
    const one = append("a")
    turn()
    expect(one.outcome()).toBe("died")
  })
})
