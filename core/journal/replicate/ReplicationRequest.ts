import type { JournalHead, LogPage, WriteStep } from "../../ports/index.ts"
import type { JournalError } from "../model/JournalError.ts"
import type { LogFailure } from "../ports/LogFailure.ts"

/** The line of a write that moves the pointer alone. */
export const pointerLine = -1

/**
 * A request to the store.
 *
 * **Details**
 *
 * A `Write` is begun until then, in milliseconds since the epoch, and otherwise answered with `TooLate`: the process may
 * have stood still since it was asked for. It is to be compared with the clock right before the store is called.
 */
export type StoreRequest =
  | { readonly _tag: "ReadPointer" }
  | { readonly _tag: "ConfirmPointer" }
  | { readonly _tag: "ReadHeads"; readonly ids: ReadonlyArray<string> }
  | {
      readonly _tag: "Write"
      readonly line: number
      readonly steps: ReadonlyArray<WriteStep>
      readonly until: number | undefined
    }

/**
 * A request to the log: `ReadLog` reads what is to be replicated next, and may wait for it; `Look` reads what is there at once, to
 * compare the store with it, and is answered alike.
 */
export type LogRequest =
  | { readonly _tag: "ReadLog"; readonly offset: number }
  | { readonly _tag: "Look"; readonly offset: number }

/** A request to the store or to the log. */
export type ReplicationRequest = StoreRequest | LogRequest

/**
 * The answer to a request.
 *
 * - `PointerRead`, `PointerConfirmed`: what the store answered
 * - `HeadsRead`: the heads of those of the journals that have one
 * - `LogRead`, `LogFailed`: what a read of the log gave
 * - `Written`: the steps of this line are in the store
 * - `TooLate`: the steps of this line were not begun
 * - `StoreFailed`: a request to the store failed, or its outcome is unknown
 * - `Fenced`: another replicator has moved the pointer
 */
export type ReplicationAnswer =
  | { readonly _tag: "PointerRead"; readonly offset: number | undefined }
  | { readonly _tag: "PointerConfirmed"; readonly offset: number | undefined }
  | {
      readonly _tag: "HeadsRead"
      readonly ids: ReadonlyArray<string>
      readonly heads: ReadonlyMap<string, JournalHead>
    }
  | { readonly _tag: "LogRead"; readonly page: LogPage }
  | { readonly _tag: "LogFailed"; readonly failure: LogFailure }
  | { readonly _tag: "Written"; readonly line: number }
  | { readonly _tag: "TooLate"; readonly line: number }
  | { readonly _tag: "StoreFailed"; readonly error: JournalError; readonly request: StoreRequest }
  | { readonly _tag: "Fenced" }
