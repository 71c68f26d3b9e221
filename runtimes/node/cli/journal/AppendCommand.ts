import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import { sayDone, sayOut } from "../Output.ts"
import { Stopped } from "../Prepare.ts"
import { makeRate, withProgress } from "../Progress.ts"
import { untilSignal } from "../Signals.ts"
import type { Signal } from "../Signals.ts"
import { UseError } from "../UseError.ts"
import { Batches } from "./Batches.ts"
import type { Batch } from "./Batches.ts"
import { openInput } from "./Input.ts"
import { Lines } from "./Lines.ts"
import type { Line } from "./Lines.ts"
import { openJournals } from "./OpenJournals.ts"
import type { EntityInput } from "./OpenJournals.ts"
import { makeSender } from "./Sender.ts"

/** What `odradek journal append` is told. */
export interface AppendInput extends EntityInput {
  readonly batch: number
  readonly file: string | undefined
  readonly keepNumbers: boolean
}

/** Not all events were appended. `message` says why, and which lines are in the log. */
export class AppendError extends Data.TaggedError("AppendError")<{ readonly message: string }> {}

const counted = (events: number): string => `${events} ${events === 1 ? "event" : "events"} appended`

/** Appends the events of the input until it ends, a line is refused, the log fails or a signal comes. */
export const runAppend = Effect.fnUntraced(function* (input: AppendInput) {
  const { batch: size, file, id, json, keepNumbers, quiet, topic } = input
  if (size < 1) return yield* new UseError({ message: `--batch is ${size}: give a whole number from 1.` })
  const journals = yield* openJournals(input)
  const journal = journals.journal(id)
  const sender = makeSender(journal)
  const batches = new Batches({ size, keepNumbers })
  const lines = new Lines()
  const stopped = yield* Effect.forkChild(untilSignal, { startImmediately: true })
  const read = yield* openInput(file)
  const next = Effect.raceFirst(read, Effect.as(Fiber.join(stopped), "stopped" as const))
  if (file === undefined && process.stdin.isTTY) {
    yield* Effect.logInfo("Reading events from the terminal, one JSON object a line; Ctrl-D ends them.")
  }
  let stop: string | undefined
  let advice = ""
  let signal: Signal | undefined
  let first = true

  const refuse = (why: string, from: number): void => {
    stop = why
    advice = `; correct it and append from line ${from} on`
  }

  const send = Effect.fnUntraced(function* (batch: Batch) {
    const number = batch.events[0].seqNr
    const pointer = first && number !== undefined ? yield* journal.pointer : undefined
    first = false
    if (pointer !== undefined && number !== undefined && number <= pointer) {
      return refuse(
        `Line ${batch.first} has the number ${number}, and the journal has had events up to ${pointer}`,
        batch.first
      )
    }
    yield* sender.send(batch)
  })

  const take = Effect.fnUntraced(function* (some: ReadonlyArray<Line>) {
    for (const line of some) {
      const added = batches.add(line)
      if (Result.isFailure(added)) refuse(added.failure, batches.begun() ?? line.number)
      else if (added.success !== undefined) yield* send(added.success)
      if (stop !== undefined || sender.failure() !== undefined) return
    }
  })

  const takeAll = Effect.gen(function* () {
    while (stop === undefined && sender.failure() === undefined) {
      const chunk = yield* next
      if (chunk === "stopped") {
        signal = yield* Fiber.join(stopped)
        stop = `Ended by ${signal}`
        return
      }
      yield* take(chunk === undefined ? lines.end() : lines.push(chunk))
      if (chunk === undefined) break
    }
    const rest = stop === undefined && sender.failure() === undefined ? batches.end() : undefined
    if (rest !== undefined) yield* send(rest)
  })

  const ended = yield* withProgress({ silent: json || quiet }, (doing) => {
    const rate = makeRate()
    doing(() => {
      const events = sender.written()
      return `${counted(events)}, ${rate(events)}`
    })
    return Effect.tap(Effect.result(takeAll), () => sender.drain)
  })
  // A record that was not written comes before the line that was refused while it was on its way.
  const failure = (Result.isFailure(ended) ? ended.failure : sender.failure())?.message
  if (failure !== undefined) return yield* new AppendError({ message: sender.report.tell(failure) })
  if (stop !== undefined) {
    const message = sender.report.tell(stop, advice)
    return yield* signal === undefined ? new AppendError({ message }) : new Stopped({ signal, message })
  }
  const { events, from, last, records } = sender.progressed()
  if (last === undefined) return yield* sayOut(json ? JSON.stringify({ topic, id, events, records }) : counted(events))
  const { offset, partition, to } = last
  const numbers = from === to ? `number ${from}` : `numbers ${from} to ${to}`
  const place = `${numbers}, up to ${topic}-${partition} @ ${offset}`
  yield* sayDone(
    json ? JSON.stringify({ topic, id, events, records, from, to, partition, offset }) : `${counted(events)}, ${place}`,
    `the append is done: ${sender.report.describe()} (${place}); do not append them again`
  )
})
