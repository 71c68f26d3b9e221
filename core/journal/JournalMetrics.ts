import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import * as Stream from "effect/Stream"
import type { JournalError } from "./model/JournalError.ts"
import type { Journal } from "./Journal.ts"
import type { Journals } from "./Journals.ts"

/** Bounds of the histogram of times, in seconds. */
const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

const latency = Metric.histogram("journal_topic_latency", {
  description: "Seconds from the beginning of an operation to its end; a read ends with its last event",
  boundaries: seconds
})
const events = Metric.counter("journal_events", {
  description: "Events that were appended, or read",
  incremental: true
})
const results = Metric.counter("journal_results", {
  description: "Operations that ended by themselves",
  incremental: true
})

type Operation = "append" | "read" | "pointer" | "delete" | "purge"

/** Where the numbers of one operation go, in the metrics of a context. */
interface Meter {
  readonly events: (context: Context.Context<never>, count: number) => void
  readonly ended: (context: Context.Context<never>, exit: Exit.Exit<unknown, unknown>, millis: number) => void
}

type Meters = (type: Operation) => Meter

const meterOf = (topic: string, type: Operation): Meter => {
  const labels = { topic, type }
  const ofLatency = Metric.withAttributes(latency, labels)
  const ofEvents = Metric.withAttributes(events, labels)
  const ofSuccesses = Metric.withAttributes(results, { ...labels, result: "success" })
  const ofFailures = Metric.withAttributes(results, { ...labels, result: "failure" })
  return {
    events: (context, count) => ofEvents.updateUnsafe(count, context),
    ended: (context, exit, millis) => {
      if (Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)) return
      ofLatency.updateUnsafe(Math.max(0, millis) / 1000, context)
      const ofResult = Exit.isSuccess(exit) ? ofSuccesses : ofFailures
      ofResult.updateUnsafe(1, context)
    }
  }
}

const measureJournal = <A>(journal: Journal<A>, meters: Meters): Journal<A> => {
  const timed = <B>(
    type: Operation,
    operation: Effect.Effect<B, JournalError>,
    eventsOf: (value: B) => number = () => 0
  ): Effect.Effect<B, JournalError> =>
    Effect.gen(function* () {
      const meter = meters(type)
      const context = yield* Effect.context<never>()
      const start = yield* Clock.currentTimeMillis
      return yield* Effect.onExit(operation, (exit) =>
        Effect.map(Clock.currentTimeMillis, (end) => {
          meter.ended(context, exit, end - start)
          const count = Exit.isSuccess(exit) ? eventsOf(exit.value) : 0
          if (count > 0) meter.events(context, count)
        })
      )
    })
  return {
    ...journal,
    append: (batch, options) => timed("append", journal.append(batch, options), () => batch.length),
    read: (range) =>
      Stream.unwrap(
        Effect.gen(function* () {
          const meter = meters("read")
          const context = yield* Effect.context<never>()
          const start = yield* Clock.currentTimeMillis
          return journal.read(range).pipe(
            Stream.mapArray((page) => {
              meter.events(context, page.length)
              return page
            }),
            Stream.onExit((exit) =>
              Effect.map(Clock.currentTimeMillis, (end) => meter.ended(context, exit, end - start))
            )
          )
        })
      ),
    pointer: timed("pointer", journal.pointer),
    delete: (to) => timed("delete", journal.delete(to)),
    purge: timed("purge", journal.purge)
  }
}

/**
 * Counts and times what is done with the journals of a topic, in Effect's metrics under `journal_…`.
 *
 * **Details**
 *
 * `journal_topic_latency` is in seconds, by topic and type of operation (`append`, `read`, `pointer`, `delete`, `purge`);
 * `journal_events` counts events that were appended or read, and `journal_results` operations by their result, `success`
 * or `failure`. What is interrupted is not counted.
 *
 * **Example**
 *
 * ```ts
 * const journals = measureJournals(makeJournals({ log, store, topic: "orders", payload: jsonPayload }))
 * ```
 */
export const measureJournals = <A>(journals: Journals<A>): Journals<A> => {
  const known = new Map<Operation, Meter>()
  const meters: Meters = (type) => {
    const meter = known.get(type) ?? meterOf(journals.topic, type)
    known.set(type, meter)
    return meter
  }
  return { ...journals, journal: (id) => measureJournal(journals.journal(id), meters) }
}
