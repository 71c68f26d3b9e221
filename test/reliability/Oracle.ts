import * as Result from "effect/Result"
import { decodeAction, decodeEvents } from "../../core/journal/index.ts"
import type { LogRecord } from "../../core/log/index.ts"

/** An event as it has to be found, wherever it is read: its number, its record's offset, and its payload as JSON. */
export interface Expected {
  readonly seqNr: number
  readonly offset: number
  readonly json: string
}

/** What a journal is: `undefined` stands for one that does not exist. */
export interface Truth {
  readonly seqNr: number
  readonly deleteTo: number
  readonly events: ReadonlyArray<Expected>
}

interface Draft {
  seqNr: number
  deleteTo: number
  events: Array<Expected>
}

/**
 * What the records of a topic amount to, told in the plainest way and shared with nothing that is tested but the decoding
 * of records: of each journal a list of numbers with the record that each came with.
 *
 * **Details**
 *
 * Records are taken once, in the order of the log. What was taken stays, also when the log has it no more.
 */
export class Oracle {
  readonly #journals = new Map<string, Draft>()
  readonly #ids = new Set<string>()
  /** Records that claim to be a journal's and cannot be read. */
  readonly unreadable: Array<number> = []

  /** All ids that were ever spoken of. */
  get ids(): ReadonlySet<string> {
    return this.#ids
  }

  truth(id: string): Truth | undefined {
    return this.#journals.get(id)
  }

  take(record: LogRecord): void {
    const decoded = decodeAction(record)
    if (Result.isFailure(decoded)) {
      this.unreadable.push(record.offset)
      return
    }
    const action = decoded.success
    if (action === undefined || action._tag === "Mark") return
    const { journalId: id } = action
    this.#ids.add(id)
    const known = this.#journals.get(id)
    if (action._tag === "Purge") this.#journals.delete(id)
    else if (action._tag === "Delete") this.#delete(id, known, action.to)
    else {
      const draft = known ?? { seqNr: 0, deleteTo: action.range.from - 1, events: [] }
      this.#journals.set(id, draft)
      for (const { payload, seqNr } of Result.getOrThrow(decodeEvents(action.payloadType, action.value)).events) {
        if (seqNr <= draft.seqNr) continue
        draft.seqNr = seqNr
        draft.events.push({ seqNr, offset: record.offset, json: payload?._tag === "Json" ? payload.text : "no JSON" })
      }
    }
  }

  #delete(id: string, known: Draft | undefined, to: number): void {
    const draft = known ?? { seqNr: to, deleteTo: to, events: [] }
    this.#journals.set(id, draft)
    draft.deleteTo = Math.max(draft.deleteTo, Math.min(to, draft.seqNr))
    draft.events = draft.events.filter(({ seqNr }) => seqNr > draft.deleteTo)
  }
}
