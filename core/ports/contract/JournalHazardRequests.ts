import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type { JournalStore } from "../index.ts"
import { makeStop, withWrites } from "./JournalHazardFaults.ts"
import type { Stop } from "./JournalHazardFaults.ts"
import type { JournalHazardSubject, RequestPass, StoreRequest } from "./JournalHazardSubject.ts"
import { show } from "./Show.ts"

/**
 * Opens a subject's store once more, and has the requests that it sends from then on go through `pass`. Where the subject
 * lets nobody come between its store and the database, each row that is written, or each transaction, is a request.
 */
export const openThrough = (
  { openThrough: open, store }: JournalHazardSubject,
  pass: RequestPass
): Effect.Effect<JournalStore, unknown, Scope> => {
  if (open === undefined) {
    return Effect.succeed(
      withWrites(store, "rows", (call, _, [step]) => pass({ kind: step?._tag ?? "nothing", writes: true }, call))
    )
  }
  let isOpen = false
  const opened = open((request, send) => (isOpen ? pass(request, send) : send))
  return Effect.tap(opened, () => Effect.sync(() => (isOpen = true)))
}

/** Lets all requests happen; `seen` are those that were sent, in their order. */
export const countingPass = (): { readonly pass: RequestPass; readonly seen: ReadonlyArray<StoreRequest> } => {
  const seen: Array<StoreRequest> = []
  return {
    seen,
    pass: (request, send) =>
      Effect.suspend(() => {
        seen.push(request)
        return send
      })
  }
}

/**
 * Lets requests happen one after the other, until so many of them have changed something; what is sent then never is, as
 * with a process that dies: `died` ends then.
 */
export const dyingPass = (writes: number): { readonly pass: RequestPass; readonly died: Effect.Effect<void> } => {
  const turn = Semaphore.makeUnsafe(1)
  const { arrive, stop } = makeStop()
  let done = 0
  const pass: RequestPass = (request, send) => {
    const inTurn = Effect.suspend(() => {
      if (!request.writes) return send
      return done++ < writes ? send : Effect.andThen(arrive, Effect.never)
    })
    return Semaphore.withPermit(turn, inTurn)
  }
  return { pass, died: stop.reached }
}

/** Holds the `nth` request of those that are counted, from 1 on; others go on meanwhile. */
export const sleepingPass = (
  nth: number,
  isCounted: (request: StoreRequest) => boolean = () => true
): { readonly pass: RequestPass; readonly stop: Stop } => {
  const { arrive, stop } = makeStop()
  let sent = 0
  return {
    stop,
    pass: (request, send) =>
      Effect.suspend(() => (isCounted(request) && ++sent === nth ? Effect.andThen(arrive, send) : send))
  }
}

/**
 * Holds the `nth` request that changes something, and what is sent once one has done so from there on never is: `died` ends
 * then.
 */
export const lastWritePass = (
  nth: number
): { readonly pass: RequestPass; readonly stop: Stop; readonly died: Effect.Effect<void> } => {
  const { arrive, stop } = makeStop()
  const end = makeStop()
  let sent = 0
  let isDead = false
  const dies = Effect.suspend(() => {
    isDead = true
    return Effect.andThen(end.arrive, Effect.never)
  })
  const pass: RequestPass = (request, send) =>
    Effect.suspend(() => {
      if (isDead) return Effect.never
      if (!request.writes || ++sent < nth) return send
      return Effect.andThen(sent === nth ? arrive : Effect.void, Effect.andThen(send, dies))
    })
  return { pass, stop, died: end.stop.reached }
}

/**
 * The places in a list of requests that differ in kind, by what was asked right before and what is asked there: of several
 * alike, such as those between one batch of events and another, the first.
 */
export const differentIn = (requests: ReadonlyArray<StoreRequest>): ReadonlyArray<number> => {
  const met = new Set<string>()
  return Array.from(requests, (_, at) => at).filter((at) => {
    const place = show([requests[at - 1]?.kind, requests[at]?.kind])
    return met.size < met.add(place).size
  })
}
