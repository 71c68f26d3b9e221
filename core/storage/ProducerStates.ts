import { type BatchHeader, lastSequence, sequenceAfter } from "../log/index.ts"
import { seal, unseal } from "./Sealed.ts"

/** A batch that an idempotent producer appended: its sequence numbers and where it went. */
export interface ProducerBatch {
  readonly firstSequence: number
  readonly lastSequence: number
  readonly baseOffset: number
  readonly lastOffset: number
}

/** What a partition remembers of one idempotent producer: its epoch and its last batches, oldest first. */
export interface ProducerState {
  readonly epoch: number
  readonly batches: ReadonlyArray<ProducerBatch>
}

/**
 * What becomes of a producer's batch.
 *
 * - `New`: it continues the producer's sequence, or the producer is not known
 * - `Duplicate`: it is in the log already, as `batch` says
 * - `OutOfOrder`: batches before it are missing
 * - `StaleEpoch`: a younger incarnation of the producer has written
 */
export type ProducerVerdict =
  | { readonly _tag: "New" | "OutOfOrder" | "StaleEpoch" }
  | { readonly _tag: "Duplicate"; readonly batch: ProducerBatch }

/** As many batches as a producer may have under way. */
const keptBatches = 5

const kind = 0x6f64_7073
const version = 1

const isNew: ProducerVerdict = { _tag: "New" }
const outOfOrder: ProducerVerdict = { _tag: "OutOfOrder" }
const staleEpoch: ProducerVerdict = { _tag: "StaleEpoch" }

/**
 * The idempotent producers of one partition: a fold of its batches.
 *
 * **Details**
 *
 * Holds at most `max` producers and forgets the one that has appended least recently. A producer that was forgotten, or
 * never known, may start at any sequence number; one with a new epoch starts at 0. Batches without a producer id change
 * nothing.
 */
export class ProducerStates {
  readonly #max: number
  /** In the order of the last append. */
  readonly #producers = new Map<number, ProducerState>()

  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#producers.size
  }

  get(producerId: number): ProducerState | undefined {
    return this.#producers.get(producerId)
  }

  /** A copy that goes its own way from here. */
  copy(): ProducerStates {
    const copy = new ProducerStates(this.#max)
    for (const [producerId, state] of this.#producers) copy.#producers.set(producerId, state)
    return copy
  }

  /** Judges a batch that wants to be appended. */
  judge(batch: BatchHeader): ProducerVerdict {
    if (batch.producerId < 0) return isNew
    const known = this.#producers.get(batch.producerId)
    if (known === undefined) return isNew
    if (batch.producerEpoch < known.epoch) return staleEpoch
    if (batch.producerEpoch > known.epoch) return batch.baseSequence === 0 ? isNew : outOfOrder
    const last = lastSequence(batch)
    for (const kept of known.batches) {
      if (kept.firstSequence === batch.baseSequence && kept.lastSequence === last) {
        return { _tag: "Duplicate", batch: kept }
      }
    }
    const newest = known.batches[known.batches.length - 1]
    if (newest === undefined) return batch.baseSequence === 0 ? isNew : outOfOrder
    return batch.baseSequence === sequenceAfter(newest.lastSequence, 1) ? isNew : outOfOrder
  }

  /** Takes in a batch that has its place in the log. */
  append(batch: BatchHeader): void {
    const { producerId, producerEpoch } = batch
    if (producerId < 0) return
    const known = this.#producers.get(producerId)
    const before = known?.epoch === producerEpoch ? known.batches : []
    const appended: ProducerBatch = {
      firstSequence: batch.baseSequence,
      lastSequence: lastSequence(batch),
      baseOffset: batch.baseOffset,
      lastOffset: batch.lastOffset
    }
    const batches = batch.control ? before : [...before.slice(1 - keptBatches), appended]
    this.#producers.delete(producerId)
    this.#producers.set(producerId, { epoch: producerEpoch, batches })
    if (this.#producers.size > this.#max) {
      for (const oldest of this.#producers.keys()) {
        this.#producers.delete(oldest)
        break
      }
    }
  }

  /** Writes the producers as they are before the record at `offset`. */
  encode(offset: number): Uint8Array {
    return seal(kind, version, (out) => {
      out.int64(offset)
      out.int32(this.#producers.size)
      for (const [producerId, { epoch, batches }] of this.#producers) {
        out.int64(producerId)
        out.int16(epoch)
        out.int8(batches.length)
        for (const batch of batches) {
          out.int32(batch.firstSequence)
          out.int32(batch.lastSequence)
          out.int64(batch.baseOffset)
          out.int64(batch.lastOffset)
        }
      }
    })
  }

  /** Reads what `encode` wrote; `undefined` when it is not whole, or of another offset. */
  static decode(bytes: Uint8Array, offset: number, max: number): ProducerStates | undefined {
    return unseal(bytes, kind, version, (reader) => {
      if (reader.int64() !== offset) return undefined
      const states = new ProducerStates(max)
      for (let left = reader.count(reader.int32(), 11); left > 0; left--) {
        const producerId = reader.int64()
        const epoch = reader.int16()
        const batches: Array<ProducerBatch> = []
        for (let more = reader.count(reader.int8(), 24); more > 0; more--) {
          batches.push({
            firstSequence: reader.int32(),
            lastSequence: reader.int32(),
            baseOffset: reader.int64(),
            lastOffset: reader.int64()
          })
        }
        states.#producers.set(producerId, { epoch, batches })
      }
      return states
    })
  }
}
