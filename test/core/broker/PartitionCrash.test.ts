import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { killed, makeMemoryDisk, type MemoryDisk, powerCut, type Survival } from "../../../adapters/memory/index.ts"
import type { FsyncPolicy } from "../../../core/broker/BrokerConfig.ts"
import { DiskError } from "../../../core/ports/index.ts"
import { recover } from "../../../core/storage/index.ts"
import { partition, PartitionBench, type Said, sequenced, valuesOf } from "./PartitionBench.ts"

/** A batch that a producer wants in the log exactly once. */
interface Wish {
  readonly sequence: number
  readonly values: ReadonlyArray<string>
  acknowledged: boolean
}

interface Producer {
  readonly id: number
  /** All batches so far, in order. */
  readonly wishes: Array<Wish>
  /** How many of them were sent to the log as it is now. */
  sent: number
  /** How many of them the log has. */
  logged: number
}

const inFlight = 5

/** Producers, a reader, and a log that crashes and is recovered again and again, from one seed. */
class Trial {
  readonly random: (below: number) => number
  readonly policy: FsyncPolicy
  readonly segmentBytes: number
  readonly producers: ReadonlyArray<Producer>
  disk: MemoryDisk = makeMemoryDisk({ crashable: true })
  /** The values in the order in which the log accepted them. */
  accepted: Array<string> = []
  /** How many of them a crash must leave: those that were answered or fetched. */
  promised = 0
  /** The offsets between which the log begins: the last that was answered, and the last that was asked for. */
  start = { answered: 0, asked: 0 }
  crashes = 0
  duplicates = 0

  constructor(seed: number) {
    let state = seed >>> 0
    this.random = (below) => {
      state = (state + 0x6d2b79f5) >>> 0
      let mixed = Math.imul(state ^ (state >>> 15), state | 1)
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
      return ((mixed ^ (mixed >>> 14)) >>> 0) % below
    }
    this.policy = (["always", "always", "interval", "none"] as const)[this.random(4)]!
    this.segmentBytes = [150, 400, 2000][this.random(3)]!
    this.producers = [1, 2, 3].map((id) => ({ id, wishes: [], sent: 0, logged: 0 }))
  }

  open(): PartitionBench {
    return new PartitionBench({ fsync: this.policy, segmentBytes: this.segmentBytes, fsyncIntervalMs: 5 }, this.disk)
  }

  run(): void {
    for (let round = 0; round < 5; round++) {
      this.disk.crashAfter(this.random([100, 500, 3000][this.random(3)]!))
      let log: PartitionBench | undefined
      try {
        log = this.open()
        this.promised = this.accepted.length
        this.start.answered = log.state.logStart
        for (let i = 0; i < 120; i++) this.act(log)
      } catch (error) {
        if (!(error instanceof DiskError)) throw error
      }
      this.crash(log)
    }
    this.finish()
  }

  /** Sends the next batch, which may be one that was sent before a crash. */
  send(log: PartitionBench, producer: Producer): void {
    const wish = producer.wishes[producer.sent]
    if (wish === undefined) return
    producer.sent++
    producer.logged = Math.max(producer.logged, producer.sent)
    this.deliver(log, producer, wish)
  }

  deliver(log: PartitionBench, producer: Producer, wish: Wish): void {
    const before = log.state.accepted
    const input = sequenced({ id: producer.id, epoch: 0, sequence: wish.sequence }, ...wish.values)
    asked.set(input.id, wish)
    const said = log.feed(input)
    if (log.state.accepted > before) this.accepted.push(...wish.values)
    else this.duplicates++
    this.hear(said)
  }

  hear(said: ReadonlyArray<Said>): void {
    for (const answer of said) {
      if (answer._tag === "Appended") {
        const wish = asked.get(answer.id)!
        wish.acknowledged = true
        const at = answer.baseOffset
        expect(this.accepted.slice(at, at + wish.values.length)).toEqual(wish.values)
        this.promised = Math.max(this.promised, at + wish.values.length)
      } else if (answer._tag === "Fetched") {
        expect(answer.errorCode).toBe(0)
        const values = valuesOf(answer.records)
        if (values.length === 0) continue
        const at = this.accepted.indexOf(values[0]!)
        expect(this.accepted.slice(at, at + values.length)).toEqual(values)
        this.promised = Math.max(this.promised, at + values.length)
      } else if (answer._tag === "Trimmed") {
        expect(answer.errorCode).toBe(0)
        this.start.answered = Math.max(this.start.answered, answer.logStart)
      } else if (answer._tag !== "Advanced") {
        expect.unreachable(JSON.stringify(answer))
      }
    }
  }

  act(log: PartitionBench): void {
    const choice = this.random(10)
    const producer = this.producers[this.random(3)]!
    if (choice < 3) {
      const unanswered = producer.wishes.slice(0, producer.sent).filter(({ acknowledged }) => !acknowledged)
      if (unanswered.length >= inFlight) return
      if (producer.sent === producer.wishes.length) {
        const sequence = producer.wishes.reduce((sum, wish) => sum + wish.values.length, 0)
        const values = Array.from({ length: 1 + this.random(3) }, (_, i) => `p${producer.id}.${sequence + i}`)
        producer.wishes.push({ sequence, values, acknowledged: false })
      }
      this.send(log, producer)
    } else if (choice === 3) {
      const again = Math.max(0, producer.logged - 1 - this.random(inFlight))
      if (again < producer.sent) this.deliver(log, producer, producer.wishes[again]!)
    } else if (choice === 4 && this.random(4) === 0) {
      const offset = log.state.logStart + this.random(log.state.highWatermark - log.state.logStart + 1)
      this.start.asked = Math.max(this.start.asked, offset)
      this.hear(log.feed({ _tag: "Trim", id: 2, offset }))
    } else if (choice === 4) {
      const offset = log.state.logStart + this.random(log.state.highWatermark - log.state.logStart + 1)
      const maxBytes = this.random(600)
      this.hear(log.feed({ _tag: "Fetch", id: 1, offset, maxBytes, isolation: "committed" }))
    } else if (choice === 5) {
      this.hear(log.feed({ _tag: "Tick", now: log.state.now + 1 + this.random(4) }))
    } else if (log.work.length > 0) {
      this.hear(log.performStep(this.random(log.work.length)))
    }
  }

  /** Takes from the disk what outlives, and compares what is found there with what was promised. */
  crash(log: PartitionBench | undefined): void {
    this.crashes++
    const part = this.random(4)
    const survivals: ReadonlyArray<Survival> = [
      killed,
      powerCut,
      { bytes: (_path, unsynced) => this.random(unsynced + 1), entries: part < 2 ? "last" : "synced" }
    ]
    const survival = survivals[this.random(3)]!
    const kept =
      this.policy === "always" || survival === killed ? this.promised : Math.min(this.promised, log?.state.synced ?? 0)
    // Nothing is known of a log that crashed while it was opened but that it loses nothing.
    const least = log === undefined && survival !== killed && this.policy !== "always" ? 0 : kept
    this.disk = this.disk.crashed(survival)
    const { found, start } = this.read()
    expect(start).toBeGreaterThanOrEqual(this.start.answered)
    expect(start).toBeLessThanOrEqual(this.start.asked)
    expect(found).toEqual(this.accepted.slice(0, found.length))
    expect(found.length).toBeGreaterThanOrEqual(least)
    expect(new Set(found).size).toBe(found.length)
    this.accepted = [...found]
    // What a killed process left is safe only once it was recovered.
    if (survival !== killed) {
      this.promised = found.length
      this.start = { answered: start, asked: start }
    }
    for (const producer of this.producers) {
      const lost = producer.wishes.findIndex((wish) => !found.includes(wish.values[0]!))
      const missing = lost < 0 ? producer.wishes.length : lost
      // What was not acknowledged is sent again, also where it is in the log already.
      const unanswered = producer.wishes.findIndex((wish) => !wish.acknowledged)
      producer.logged = missing
      producer.sent = Math.min(missing, unanswered < 0 ? missing : unanswered)
      for (const wish of producer.wishes.slice(producer.sent)) wish.acknowledged = false
    }
  }

  /** Where the log begins, and all that was ever in it: what was given up is taken from memory. */
  read(): { readonly start: number; readonly found: ReadonlyArray<string> } {
    const copy = this.disk.crashed(killed)
    const log = Effect.runSync(Effect.result(recover(copy, partition, { maxProducers: 100 })))
    if (Result.isFailure(log)) throw new Error(`not recovered: ${log.failure.message}`)
    const opened = new PartitionBench({}, copy)
    const start = opened.state.logStart
    return { start, found: [...this.accepted.slice(0, start), ...opened.values()] }
  }

  /** All that any producer wanted is in the log exactly once, in its order. */
  finish(): void {
    const log = this.open()
    for (const producer of this.producers) {
      while (producer.sent < producer.wishes.length) this.send(log, producer)
    }
    this.hear(log.settle())
    this.hear(log.feed({ _tag: "Close", id: 1 }).filter(({ _tag }) => _tag !== "Closed"))
    this.hear(log.settle().filter(({ _tag }) => _tag !== "Closed"))
    const { found } = this.read()
    for (const { id, wishes } of this.producers) {
      const mine = found.filter((value) => value.startsWith(`p${id}.`))
      expect(mine).toEqual(wishes.flatMap((wish) => wish.values))
    }
  }
}

const asked = new Map<number, Wish>()

describe("a partition's log that crashes at any byte", () => {
  it("keeps what it promised, once and in order", () => {
    const seen = { accepted: 0, duplicates: 0, givenUp: 0 }
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const trial = new Trial(seed)
        trial.run()
        seen.accepted += trial.accepted.length
        seen.duplicates += trial.duplicates
        seen.givenUp += trial.start.answered
        asked.clear()
      }),
      { numRuns: 300 }
    )
    expect(seen.accepted).toBeGreaterThan(1000)
    expect(seen.duplicates).toBeGreaterThan(100)
    expect(seen.givenUp).toBeGreaterThan(1000)
  })
})
