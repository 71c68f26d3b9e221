import * as Result from "effect/Result"
import { parseEventLine } from "../../../../core/journal/index.ts"
import type { NewEvent, RecordFields } from "../../../../core/journal/index.ts"
import type { Payload } from "../../../../core/ports/index.ts"
import { maxLineBytes } from "./Lines.ts"
import type { Line } from "./Lines.ts"

/** Events that are to be one record, and the lines that they come from. */
export interface Batch {
  readonly first: number
  readonly last: number
  readonly events: readonly [NewEvent<Payload>, ...ReadonlyArray<NewEvent<Payload>>]
  readonly record: RecordFields
  readonly bytes: number
}

/** How lines become batches: so many events each, with the numbers in the lines or with new ones. */
export interface BatchOptions {
  readonly size: number
  readonly keepNumbers: boolean
}

interface Growing {
  readonly first: number
  last: number
  readonly events: [NewEvent<Payload>, ...Array<NewEvent<Payload>>]
  readonly record: RecordFields
  bytes: number
}

const utf8 = new TextDecoder("utf-8", { fatal: true })

const textOf = (bytes: Uint8Array): Result.Result<string, string> =>
  Result.try({ try: () => utf8.decode(bytes), catch: () => "is not UTF-8" })

const equal = (one: RecordFields, other: RecordFields): boolean => JSON.stringify(one) === JSON.stringify(other)

/**
 * Gathers lines into batches; a failure is a sentence about the line that is refused, without its full stop.
 *
 * **Details**
 *
 * `add` answers with a batch when the line completes one, `end` with the last one, if it has begun. Empty lines are
 * passed over.
 */
export class Batches {
  readonly #options: BatchOptions
  #growing: Growing | undefined
  #lastSeqNr = 0

  constructor(options: BatchOptions) {
    this.#options = options
  }

  add({ bytes, number }: Line): Result.Result<Batch | undefined, string> {
    const refuse = (why: string) => Result.fail(`Line ${number} ${why}`)
    if (bytes === undefined) return refuse(`is longer than ${maxLineBytes} bytes: split the event`)
    const text = textOf(bytes)
    if (Result.isFailure(text)) return refuse(text.failure)
    if (text.success.trim() === "") return Result.succeed(undefined)
    const parsed = parseEventLine(text.success)
    if (Result.isFailure(parsed)) return refuse(parsed.failure)
    const { payload, record, seqNr, tags } = parsed.success
    const { keepNumbers, size } = this.#options
    if (keepNumbers) {
      if (seqNr === undefined) return refuse('has no "seqNr", which --keep-numbers wants')
      if (seqNr <= this.#lastSeqNr) return refuse(`has the number ${seqNr} after ${this.#lastSeqNr}: numbers ascend`)
      this.#lastSeqNr = seqNr
    }
    const event: NewEvent<Payload> = {
      tags,
      ...(payload === undefined ? {} : { payload }),
      ...(keepNumbers && seqNr !== undefined ? { seqNr } : {})
    }
    const growing = this.#growing
    if (growing === undefined) {
      this.#growing = { first: number, last: number, events: [event], record, bytes: bytes.length }
    } else {
      if (!equal(growing.record, record)) {
        return refuse(
          `has other metadata, headers or expireAfter than line ${growing.first}, with which it shares a record: give it to both, or a smaller --batch`
        )
      }
      growing.last = number
      growing.events.push(event)
      growing.bytes += bytes.length
    }
    return Result.succeed(this.#growing !== undefined && this.#growing.events.length >= size ? this.end() : undefined)
  }

  /** The first line of the batch that has begun and is not complete. */
  begun(): number | undefined {
    return this.#growing?.first
  }

  end(): Batch | undefined {
    const batch = this.#growing
    this.#growing = undefined
    return batch
  }
}
