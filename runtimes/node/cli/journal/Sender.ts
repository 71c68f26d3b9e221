import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import type { Appended, Journal, JournalError } from "../../../../core/journal/index.ts"
import type { Payload } from "../../../../core/ports/index.ts"
import { AppendReport } from "./AppendReport.ts"
import type { Batch } from "./Batches.ts"

/** How many events, and how many bytes of their lines, may be on their way at once. */
const maxEvents = 500
const maxBytes = 8 * 1024 * 1024

/** What was appended so far: how much, the first number, and the place of the last record. */
export interface Progressed {
  readonly events: number
  readonly records: number
  readonly from: number | undefined
  readonly last: Appended | undefined
}

/**
 * Appends batches in their order, some at once, until one fails.
 *
 * **Details**
 *
 * `send` begins to append a batch as soon as there is room for it, and does nothing after a `failure`; `drain` waits for
 * all that is on its way. `report` says of every line that was sent whether it is in the log.
 */
export interface Sender {
  readonly send: (batch: Batch) => Effect.Effect<void>
  readonly drain: Effect.Effect<void>
  readonly report: AppendReport
  readonly progressed: () => Progressed
  /** How many events are in the log, also those whose turn to be reported has not come. */
  readonly written: () => number
  readonly failure: () => JournalError | undefined
}

interface Sent {
  readonly batch: Batch
  readonly fiber: Fiber.Fiber<Appended, JournalError>
}

/** Makes a sender for one journal, which nobody else appends to meanwhile. */
export const makeSender = (journal: Journal<Payload>): Sender => {
  const report = new AppendReport()
  const sent: Array<Sent> = []
  let [eventsSent, bytesSent] = [0, 0]
  let progressed: Progressed = { events: 0, records: 0, from: undefined, last: undefined }
  let failure: JournalError | undefined

  const settleOldest = Effect.fnUntraced(function* () {
    const oldest = sent.shift()
    if (oldest === undefined) return
    const { batch, fiber } = oldest
    const exit = yield* Fiber.await(fiber)
    eventsSent -= batch.events.length
    bytesSent -= batch.bytes
    if (Exit.isSuccess(exit)) {
      const { events, from, records } = progressed
      report.note(batch.first, batch.last, "written")
      progressed = {
        events: events + batch.events.length,
        records: records + 1,
        from: from ?? exit.value.from,
        last: exit.value
      }
      return
    }
    const error = Cause.findError(exit.cause)
    if (Result.isFailure(error)) return yield* Effect.failCause(error.failure)
    report.note(batch.first, batch.last, error.success.reason === "Unknown" ? "unknown" : "unwritten")
    failure ??= error.success
  })

  /** The first batch is waited for: it finds out whether there are brokers at all, and where the journal stands. */
  const hasRoom = ({ bytes, events }: Batch): boolean =>
    sent.length === 0 ||
    (progressed.last !== undefined && eventsSent + events.length <= maxEvents && bytesSent + bytes <= maxBytes)

  return {
    send: Effect.fnUntraced(function* (batch) {
      while (!hasRoom(batch)) yield* settleOldest()
      if (failure !== undefined) return
      const fiber = yield* Effect.forkChild(journal.append(batch.events, batch.record), { startImmediately: true })
      sent.push({ batch, fiber })
      eventsSent += batch.events.length
      bytesSent += batch.bytes
    }),
    drain: Effect.gen(function* () {
      while (sent.length > 0) yield* settleOldest()
    }),
    report,
    progressed: () => progressed,
    written: () =>
      sent.reduce((sum, { batch, fiber }) => {
        const exit = fiber.pollUnsafe()
        return exit !== undefined && Exit.isSuccess(exit) ? sum + batch.events.length : sum
      }, progressed.events),
    failure: () => failure
  }
}
