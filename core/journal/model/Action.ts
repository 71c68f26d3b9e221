import type { SeqNr, SeqRange } from "./SeqNr.ts"

/** How the value of an append record is written: chosen by `encodeEvents`, told in the header. */
export type PayloadType = "binary" | "json"

/**
 * What every action has.
 *
 * **Details**
 *
 * `journalId` is the record's key. `timestamp` is in milliseconds since the epoch: the writer's clock, or the broker's
 * where the topic is set so. `origin` says who wrote it, `version` with which version of the library.
 */
interface ActionBase {
  readonly journalId: string
  readonly timestamp: number
  readonly origin: string | undefined
  readonly version: string | undefined
}

/**
 * Adds the events of one record, all or none.
 *
 * **Details**
 *
 * `range` is trusted as the header has it and is not compared with the events in `value`. `headerMetadata` is JSON text.
 * `headers` are the user's own.
 */
export interface Append extends ActionBase {
  readonly _tag: "Append"
  readonly range: SeqRange
  readonly payloadType: PayloadType
  readonly headerMetadata: string | undefined
  readonly headers: ReadonlyMap<string, string>
  readonly value: Uint8Array
}

/** Removes the events up to and including `to`; later ones are untouched and the numbering goes on. */
export interface Delete extends ActionBase {
  readonly _tag: "Delete"
  readonly to: SeqNr
}

/** Forgets the journal; the next append begins a new one, from any sequence number. */
export interface Purge extends ActionBase {
  readonly _tag: "Purge"
}

/** Changes nothing: a fence, which its writer finds again by `id`. */
export interface Mark extends ActionBase {
  readonly _tag: "Mark"
  readonly id: string
}

/** What one record of a journal's topic says. */
export type Action = Append | Delete | Purge | Mark
