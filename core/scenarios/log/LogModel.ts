import { joinedBytes, sameBytes } from "../../bytes/index.ts"
import { encodeBatch } from "../../log/index.ts"
import type { NewRecord } from "../../log/index.ts"

/** Who sent a batch, and as which of its batches; sequence numbers begin again at 0 after 2^31 - 1. */
export interface Sender {
  readonly id: number
  readonly epoch: number
  readonly sequence: number
}

/** A batch that somebody wants in the log, as often as it is sent the same. */
export interface Wish {
  readonly sender: Sender | undefined
  readonly records: ReadonlyArray<NewRecord>
}

/** A batch in its place, with the bytes that a log must have there. */
export interface Placed extends Wish {
  readonly base: number
  readonly last: number
  readonly bytes: Uint8Array
}

/** What is to become of an append; a duplicate is answered with `base`. */
export type Verdict =
  | { readonly _tag: "New" | "OutOfOrder" | "StaleEpoch" }
  | { readonly _tag: "Duplicate"; readonly base: number; readonly last: number }

/** The sequence number `count` places after another. */
export const later = (sequence: number, count: number): number => (sequence + count) % 2 ** 31

/** The bytes of a batch at an offset, as its sender makes them and a log of the leader epoch 0 places them. */
export const bytesOf = ({ records, sender }: Wish, baseOffset: number, leaderEpoch: number): Uint8Array =>
  encodeBatch(records, { baseOffset, leaderEpoch, ...(sender === undefined ? {} : { producer: sender }) })

/** What a log remembers of one sender: its epoch and its last batches. */
interface Memory {
  readonly epoch: number
  readonly batches: ReadonlyArray<Placed & { readonly sender: Sender }>
}

/** Where in a batch its leader epoch is, in four bytes. */
const leaderEpochAt = 12

/** As many batches of one sender are told apart from new ones. */
const remembered = 5

/** A partition's log as it ought to be: a list of batches, all of which are kept, also those before the start. */
export class LogModel {
  readonly batches: Array<Placed> = []
  /** The first offset that can be read. */
  start = 0
  private readonly maxSenders: number
  /** Senders in the order of their last batch, of which the log forgets the first when there are too many. */
  private senders = new Map<number, Memory>()

  constructor(maxSenders: number) {
    this.maxSenders = maxSenders
  }

  get end(): number {
    const last = this.batches[this.batches.length - 1]
    return last === undefined ? 0 : last.last + 1
  }

  /** The sequence number that is due from a sender, and its epoch; `undefined` when any will do. */
  due(id: number): { readonly epoch: number; readonly sequence: number } | undefined {
    const memory = this.senders.get(id)
    const newest = memory?.batches[memory.batches.length - 1]
    if (memory === undefined || newest === undefined) return undefined
    return { epoch: memory.epoch, sequence: later(newest.sender.sequence, newest.records.length) }
  }

  judge({ records, sender }: Wish): Verdict {
    const memory = sender === undefined ? undefined : this.senders.get(sender.id)
    if (sender === undefined || memory === undefined) return { _tag: "New" }
    if (sender.epoch < memory.epoch) return { _tag: "StaleEpoch" }
    if (sender.epoch > memory.epoch) return { _tag: sender.sequence === 0 ? "New" : "OutOfOrder" }
    const same = memory.batches.find(
      (one) => one.sender.sequence === sender.sequence && one.records.length === records.length
    )
    if (same !== undefined) return { _tag: "Duplicate", base: same.base, last: same.last }
    return { _tag: this.due(sender.id)?.sequence === sender.sequence ? "New" : "OutOfOrder" }
  }

  append(wish: Wish): Placed {
    const base = this.end
    const placed = { ...wish, base, last: base + wish.records.length - 1, bytes: bytesOf(wish, base, 0) }
    this.batches.push(placed)
    this.remember(placed)
    return placed
  }

  /** Loses what is at `end` and beyond; false when a batch would be torn. */
  cut(end: number): boolean {
    if (end > this.end || (end > 0 && this.at(end - 1)?.last !== end - 1)) return false
    while (this.end > end) this.batches.pop()
    this.senders = new Map()
    for (const placed of this.batches) this.remember(placed)
    return true
  }

  /** The batch that holds an offset. */
  at(offset: number): Placed | undefined {
    const at = this.indexOf(offset)
    return at < 0 ? undefined : this.batches[at]
  }

  /** The bytes from the batch that holds `from` to the one that ends before `end`. */
  bytes(from: number, end: number): Uint8Array {
    const batches = from >= end ? [] : this.batches.slice(this.indexOf(from), this.indexOf(end - 1) + 1)
    return joinedBytes(batches.map(({ bytes }) => bytes))
  }

  /** Whether these bytes are the batches from `from` to `end`, but for leader epochs, which no checksum is about. */
  checksums(from: number, end: number, bytes: Uint8Array): boolean {
    let at = 0
    for (let next = from; next < end;) {
      const batch = this.at(next)
      if (batch === undefined) return false
      const found = bytes.subarray(at, at + batch.bytes.length)
      const isSame = (start: number, stop?: number): boolean =>
        sameBytes(found.subarray(start, stop), batch.bytes.subarray(start, stop))
      if (!isSame(0, leaderEpochAt) || !isSame(leaderEpochAt + 4)) return false
      at += batch.bytes.length
      next = batch.last + 1
    }
    return at === bytes.length
  }

  /** The offset of the first record from `from` on that is not older than `timestamp`, and its batch. */
  firstSince(timestamp: number, from: number): { readonly offset: number; readonly batch: Placed } | undefined {
    for (const batch of this.batches) {
      const at = batch.records.findIndex((record, index) => batch.base + index >= from && record.timestamp >= timestamp)
      if (at >= 0) return { offset: batch.base + at, batch }
    }
    return undefined
  }

  private indexOf(offset: number): number {
    return this.batches.findIndex(({ base, last }) => base <= offset && offset <= last)
  }

  private remember(placed: Placed): void {
    const { sender } = placed
    if (sender === undefined) return
    const before = this.senders.get(sender.id)
    const kept = before?.epoch === sender.epoch ? before.batches.slice(1 - remembered) : []
    this.senders.delete(sender.id)
    this.senders.set(sender.id, { epoch: sender.epoch, batches: [...kept, { ...placed, sender }] })
    const [oldest] = this.senders.keys()
    if (this.senders.size > this.maxSenders && oldest !== undefined) this.senders.delete(oldest)
  }
}
