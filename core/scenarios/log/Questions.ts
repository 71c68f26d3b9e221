import type { PartitionOutput } from "../../broker/index.ts"
import { sameBytes } from "../../bytes/index.ts"
import { readBatchHeader } from "../../log/index.ts"
import type { BatchHeader } from "../../log/index.ts"
import { ErrorCode, errorName } from "../../protocol/index.ts"
import { bytesOf } from "./LogModel.ts"
import type { Placed, Verdict, Wish } from "./LogModel.ts"
import { broken } from "./LogPromises.ts"
import type { LogWorld } from "./LogWorld.ts"

/** A question to the log, and what was known when it was asked. */
type Question =
  | {
      readonly _tag: "Append"
      readonly verdict: Verdict
      /** Where the model has it; `undefined` where it is to be refused. */
      readonly base: number | undefined
      readonly last: number
      /** The log's end before it. */
      readonly before: number
      readonly acks: -1 | 0 | 1
    }
  | {
      readonly _tag: "Fetch"
      readonly offset: number
      readonly maxBytes: number
      readonly told: number
      readonly start: number
      readonly end: number
    }
  | { readonly _tag: "ListOffset"; readonly timestamp: number; readonly told: number; readonly start: number }
  | { readonly _tag: "Trim"; readonly offset: number; readonly told: number }
  | { readonly _tag: "Close" }

type Said = Exclude<PartitionOutput, { readonly _tag: "Perform" | "Read" }>

const toBatch = (wish: Wish): BatchHeader => {
  const read = readBatchHeader(bytesOf(wish, 0, -1))
  if (read._tag === "Failure") throw read.failure
  return read.success
}

/** The questions that a log was asked, as it runs now: each is answered once, with what the model has. */
export class Questions {
  private readonly world: LogWorld
  private readonly asked = new Map<number, Question>()
  private ids = 0
  /** The append that is being handed over. */
  private offering: number | undefined
  /** The log's end when it was recovered last. */
  private recovered = 0
  private closing = false
  /** The latest offset at which somebody wanted the log to begin. */
  private startAsked = 0
  /** The log can be fetched up to here, as a client was told. */
  told = 0
  /** The log begins here or later, as a client was told. */
  startTold = 0
  offline = false
  closed = false

  constructor(world: LogWorld) {
    this.world = world
  }

  /** The latest offset at which the log may begin. */
  get startWanted(): number {
    return this.world.retains ? this.told : this.startAsked
  }

  /** The log's start, or with retention the latest that it may be: a client learns of it late. */
  private get startLatest(): number {
    return this.world.retains ? this.told : this.startTold
  }

  get open(): number {
    return this.asked.size
  }

  /** Whether somebody waits for something to be done, which a log that is offline refuses at once. */
  get hasPromises(): boolean {
    return [...this.asked.values()].some(({ _tag }) => _tag === "Append" || _tag === "Trim" || _tag === "Close")
  }

  /** The log was recovered: nothing is answered any more that was asked before. */
  begin(end: number): void {
    this.asked.clear()
    this.recovered = end
    this.told = end
    this.closing = false
    this.offline = false
    this.closed = false
    this.offering = undefined
    this.startTold = this.world.model.start
    this.startAsked = this.startTold
  }

  append(wishes: ReadonlyArray<Wish>, acks: -1 | 0 | 1): void {
    const { model } = this.world
    const [wish] = wishes
    if (wish === undefined) return
    const before = model.end
    const verdict = model.judge(wish)
    let base: number | undefined
    let last = -1
    if (verdict._tag === "Duplicate") ({ base, last } = verdict)
    if (verdict._tag === "New") {
      base = before
      for (const one of wishes) last = model.append(one).last
    }
    const id = this.ask({ _tag: "Append", verdict, base, last, before, acks })
    this.offering = id
    this.world.feed({ _tag: "Append", id, acks, batches: wishes.map(toBatch) })
    this.offering = undefined
    if (acks === 0) this.asked.delete(id)
    else if (base === undefined && this.asked.has(id))
      this.world.fail(broken.turn, `append ${id} is not refused: ${verdict._tag}`)
  }

  fetch(offset: number, maxBytes: number): void {
    const { end, start } = this.world.model
    const id = this.ask({ _tag: "Fetch", offset, maxBytes, told: this.told, start, end })
    this.world.feed({ _tag: "Fetch", id, offset, maxBytes, isolation: "committed" })
  }

  list(timestamp: number): void {
    const id = this.ask({ _tag: "ListOffset", timestamp, told: this.told, start: this.world.model.start })
    this.world.feed({ _tag: "ListOffset", id, timestamp, isolation: "committed" })
  }

  trim(asked: number): void {
    const offset = asked === -1 ? this.told : asked
    if (offset <= this.told && !this.closing && !this.offline) this.startAsked = Math.max(this.startAsked, offset)
    const id = this.ask({ _tag: "Trim", offset, told: this.told })
    this.world.feed({ _tag: "Trim", id, offset: asked })
  }

  close(): void {
    this.closing = true
    this.world.feed({ _tag: "Close", id: this.ask({ _tag: "Close" }) })
  }

  hear(said: Said): void {
    const { simulation } = this.world
    switch (said._tag) {
      case "Appended":
        return this.appended(said, this.answered(said.id, "Append"))
      case "Refused":
        return this.refused(said, this.answered(said.id, "Append"))
      case "Fetched":
        return this.fetched(said, this.answered(said.id, "Fetch"))
      case "ListedOffset":
        return this.listed(said, this.answered(said.id, "ListOffset"))
      case "Trimmed":
        return this.trimmed(said, this.answered(said.id, "Trim"))
      case "Advanced":
        return this.isFetchable(said.highWatermark)
      case "WentOffline":
        this.offline = true
        return simulation.mark("a log went offline")
      case "Closed":
        this.answered(said.id, "Close")
        if (said.failure !== undefined) return this.storageError()
        for (const [id, { _tag }] of this.asked) {
          if (_tag !== "Close") this.world.fail(broken.answers, `the log is closed, and ${_tag} ${id} has no answer`)
        }
        simulation.mark("a log was closed")
        this.closed = true
        return this.world.keepAll()
      case "ReadFailed":
      case "RemovalFailed":
        return simulation.mark(said._tag)
    }
  }

  private ask(question: Question): number {
    this.asked.set(++this.ids, question)
    return this.ids
  }

  private answered<Tag extends Question["_tag"]>(id: number, tag: Tag): Question & { readonly _tag: Tag } {
    const question = this.asked.get(id)
    this.asked.delete(id)
    const isOf = (one: Question | undefined): one is Question & { readonly _tag: Tag } => one?._tag === tag
    return isOf(question)
      ? question
      : this.world.fail(broken.answers, `question ${id} is answered, and is no ${tag} without an answer`)
  }

  private isFetchable(highWatermark: number): void {
    const { model } = this.world
    if (highWatermark < this.told)
      this.world.fail(broken.marks, `the high watermark goes back from ${this.told} to ${highWatermark}`)
    if (highWatermark > model.end)
      this.world.fail(broken.marks, `the high watermark ${highWatermark} is beyond the end ${model.end}`)
    this.told = highWatermark
  }

  private beginsAt(logStart: number): void {
    const { startTold, startWanted, world } = this
    if (logStart < startTold) world.fail(broken.marks, `the log's start goes back from ${startTold} to ${logStart}`)
    if (logStart > startWanted)
      world.fail(broken.marks, `the log begins at ${logStart}, and was only to at ${startWanted}`)
    if (logStart > startTold && logStart > this.startAsked) this.givenUp(logStart)
    this.startTold = logStart
    world.model.start = logStart
  }

  /** Retention may take what is too old, and that without which the log is still large enough. */
  private givenUp(logStart: number): void {
    const { config, model, simulation } = this.world
    const { retentionBytes, retentionMs } = config
    const isSpare = retentionBytes >= 0 && model.bytes(logStart, model.end).length >= retentionBytes
    const newest = model.at(logStart - 1)?.records.map(({ timestamp }) => timestamp) ?? []
    const isOld = retentionMs >= 0 && newest.every((timestamp) => simulation.now() - timestamp > retentionMs)
    if (!isSpare && !isOld)
      this.world.fail(broken.retention, `retention gives up what is before ${logStart} and ought not to`)
    simulation.mark("retention gave records up")
  }

  /** Whether a code is one for which the log need not look at what was asked. */
  private isBeyondServing(code: number): boolean {
    if (code === ErrorCode.KAFKA_STORAGE_ERROR) return this.offline
    return code === ErrorCode.NOT_LEADER_OR_FOLLOWER && this.closing
  }

  private storageError(): void {
    if (!this.offline) this.world.fail(broken.answers, "an answer speaks of the storage, and the log is not offline")
  }

  private appended(said: Said & { readonly _tag: "Appended" }, asked: Question & { readonly _tag: "Append" }): void {
    const { simulation } = this.world
    if (asked.acks === 0) this.world.fail(broken.answers, `append ${said.id} wanted no answer`)
    if (said.baseOffset !== asked.base) {
      this.world.fail(
        broken.turn,
        `append ${said.id} is answered with offset ${said.baseOffset}, not ${asked.base ?? "refused"}`
      )
    }
    this.beginsAt(said.logStart)
    if (asked.verdict._tag === "Duplicate") {
      const over = asked.verdict.base < this.recovered ? " over a restart" : ""
      simulation.mark(`a duplicate was answered${over}`)
    } else simulation.mark("an append was answered")
    if (asked.last >= this.told) this.told = asked.last + 1
  }

  private refused(said: Said & { readonly _tag: "Refused" }, asked: Question & { readonly _tag: "Append" }): void {
    const { errorCode, id } = said
    const { model, simulation } = this.world
    const { verdict } = asked
    const code = errorName(errorCode)
    simulation.mark(`refused: ${code}`)
    if (this.offering !== id) {
      if (errorCode !== ErrorCode.KAFKA_STORAGE_ERROR)
        this.world.fail(broken.answers, `append ${id} is refused late with ${code}`)
      return this.storageError()
    }
    if (verdict._tag === "New") model.cut(asked.before)
    if (this.isBeyondServing(errorCode)) return
    if (errorCode === ErrorCode.NOT_ENOUGH_REPLICAS && verdict._tag === "New") return
    if (errorCode === ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER && verdict._tag === "OutOfOrder") return
    if (errorCode === ErrorCode.INVALID_PRODUCER_EPOCH && verdict._tag === "StaleEpoch") return
    this.world.fail(broken.turn, `append ${id} is refused with ${code} and is ${verdict._tag}`)
  }

  private fetched(said: Said & { readonly _tag: "Fetched" }, asked: Question & { readonly _tag: "Fetch" }): void {
    const { errorCode, highWatermark, id, lastStableOffset, logStart, records } = said
    const { simulation } = this.world
    const { offset } = asked
    if (errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) {
      if (offset >= this.startLatest && offset <= asked.end)
        this.world.fail(broken.answers, `fetch ${id} is refused at ${offset}`)
      return simulation.mark("a fetch was out of range")
    }
    if (errorCode !== ErrorCode.NONE) {
      const readFailed = errorCode === ErrorCode.KAFKA_STORAGE_ERROR && asked.told > offset
      if (readFailed || this.isBeyondServing(errorCode)) return
      this.world.fail(broken.answers, `fetch ${id} is refused with ${errorName(errorCode)}`)
    }
    if (offset < asked.start || offset > asked.end)
      this.world.fail(broken.answers, `fetch ${id} at ${offset} is not out of range`)
    if (highWatermark !== this.told || lastStableOffset !== highWatermark) {
      this.world.fail(broken.marks, `fetch ${id} says that the high watermark is ${highWatermark}, not ${this.told}`)
    }
    this.beginsAt(logStart)
    if (records.length === 0) {
      if (offset < asked.told)
        this.world.fail(broken.content, `fetch ${id} finds nothing at ${offset}, below ${asked.told}`)
      return
    }
    const run = this.batchesFrom(offset, records)
    const last = run[run.length - 1]?.last ?? -1
    if (last >= highWatermark) this.world.fail(broken.marks, `fetch ${id} gives ${last}, beyond ${highWatermark}`)
    if (run.length > 1 && records.length > asked.maxBytes)
      this.world.fail(broken.answers, `fetch ${id} gives ${records.length} bytes`)
    simulation.mark(run.length > 1 ? "batches were fetched" : "a batch was fetched")
  }

  /** The batches of the model that an answer consists of, from the one that holds `offset` on. */
  private batchesFrom(offset: number, records: Uint8Array): ReadonlyArray<Placed> {
    const run: Array<Placed> = []
    let at = 0
    for (let next = offset; at < records.length;) {
      const batch = this.world.model.at(next)
      if (batch === undefined || !sameBytes(records.subarray(at, at + batch.bytes.length), batch.bytes)) {
        return this.world.fail(broken.content, `a fetch at ${offset} gives at ${next} what is not there`)
      }
      run.push(batch)
      at += batch.bytes.length
      next = batch.last + 1
    }
    return run
  }

  private listed(
    said: Said & { readonly _tag: "ListedOffset" },
    asked: Question & { readonly _tag: "ListOffset" }
  ): void {
    const { errorCode, id, offset } = said
    const { model, simulation } = this.world
    const { timestamp } = asked
    if (errorCode !== ErrorCode.NONE) {
      const readFailed = errorCode === ErrorCode.KAFKA_STORAGE_ERROR && timestamp >= 0
      if (!readFailed && !this.isBeyondServing(errorCode))
        this.world.fail(broken.answers, `look-up ${id} has ${errorName(errorCode)}`)
      return
    }
    if (timestamp === -1 && offset !== this.told)
      this.world.fail(broken.marks, `look-up ${id} has ${offset} for the end ${this.told}`)
    if (timestamp === -2) this.beginsAt(offset)
    if (timestamp < 0) return
    // The log may have begun later, and have got longer, while it was looked through.
    const starts = Array.from({ length: this.startLatest - asked.start + 1 }, (_, at) => asked.start + at)
    const isRight = starts.some((start) => {
      const first = model.firstSince(timestamp, start)
      const isThere = first !== undefined && first.batch.last < this.told
      return isThere && offset === first.offset ? true : offset === -1 && !(isThere && first.batch.last < asked.told)
    })
    if (!isRight) this.world.fail(broken.content, `look-up ${id} has ${offset} for the first record since ${timestamp}`)
    simulation.mark(offset < 0 ? "a time was not found" : "a time was found")
  }

  private trimmed(said: Said & { readonly _tag: "Trimmed" }, asked: Question & { readonly _tag: "Trim" }): void {
    const { errorCode, id, logStart } = said
    if (errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) {
      if (asked.offset <= asked.told) this.world.fail(broken.answers, `trim ${id} is refused at ${asked.offset}`)
    } else if (errorCode !== ErrorCode.NONE) {
      if (!this.isBeyondServing(errorCode))
        this.world.fail(broken.answers, `trim ${id} is refused with ${errorName(errorCode)}`)
    } else {
      if (logStart < asked.offset) this.world.fail(broken.marks, `trim ${id} is answered with ${logStart}`)
      this.beginsAt(logStart)
      this.world.simulation.mark("records were deleted")
    }
  }
}
