import * as Effect from "effect/Effect"
import type { RecordLog, RecordLogFailed } from "../../storage/index.ts"
import type { ChainInput } from "../ChainInput.ts"
import type { Persist } from "../ChainOutput.ts"
import type { Durable } from "../ChainSettings.ts"
import { encodeRecord, segmentHead } from "../codec/RecordCodec.ts"

interface Write {
  readonly persist: Persist
  ended: ChainInput | undefined
}

/**
 * Brings what a node must not forget to its record log; what waits goes to the disk together, with one sync.
 *
 * **Details**
 *
 * Each write is answered for itself, in order. `written` is told when something is on the disk, `failed` why the disk has
 * failed.
 */
export class GroupCommit {
  readonly #log: RecordLog
  readonly #identity: Pick<Durable, "incarnation" | "initial">
  readonly #written: () => void
  readonly #failed: (error: RecordLogFailed) => void
  #last: Pick<Persist, "commit" | "term" | "vote">
  #waiting: Array<Write> = []

  constructor(log: RecordLog, durable: Durable, written: () => void, failed: (error: RecordLogFailed) => void) {
    this.#log = log
    this.#written = written
    this.#identity = { incarnation: durable.incarnation, initial: durable.initial }
    this.#failed = failed
    this.#last = { commit: durable.commit, term: durable.term, vote: durable.vote }
  }

  /** Takes a write at once; the effects that are given are to be run one after the other, in order. */
  add(persist: Persist): Effect.Effect<ChainInput> {
    const write: Write = { persist, ended: undefined }
    this.#waiting.push(write)
    return Effect.suspend(() => (write.ended === undefined ? this.#flush(write) : Effect.succeed(write.ended)))
  }

  #flush(first: Write): Effect.Effect<ChainInput> {
    const writes = this.#waiting
    this.#waiting = []
    let mark = 0
    const records: Array<Uint8Array> = []
    for (const { persist } of writes) {
      records.push(encodeRecord(persist))
      for (const { id } of persist.blocks) mark = Math.max(mark, id.counter)
    }
    const before = this.#last
    this.#last = writes[writes.length - 1]?.persist ?? before
    const preamble = () => segmentHead(this.#identity, before).map(encodeRecord)
    const end = (input: (write: number) => ChainInput): ChainInput => {
      for (const write of writes) write.ended = input(write.persist.write)
      return first.ended ?? input(first.persist.write)
    }
    return this.#log.append({ records, mark, preamble }).pipe(
      Effect.map(() => {
        this.#written()
        return end((write) => ({ _tag: "Persisted", write }))
      }),
      Effect.catch((error) =>
        Effect.sync(() => {
          this.#failed(error)
          return end((write) => ({ _tag: "PersistFailed", write, detail: error.message }))
        })
      )
    )
  }
}
