import * as Effect from "effect/Effect"
import { jsonPayload, makeJournals, replicate } from "../../core/journal/index.ts"
import { partition, payload } from "./Fixture.ts"
import { areaOnServers, kinds } from "./Pairs.ts"

const journals = 100
const everyMs = 10
const seconds = 8
const warmSeconds = 2
const drainMs = 60_000

/** When an append was asked for, and where it went. */
interface Appended {
  readonly at: number
  readonly offset: number
  /** How long the answer took, in milliseconds. */
  readonly took: number
}

/** When everything below an offset was in the store. */
interface Stored {
  readonly at: number
  readonly nextOffset: number
}

/** How long it takes from an append until the store has it, where so many events a second come. */
export const latency = areaOnServers(
  "latency",
  "the time from an append until the store has it",
  kinds,
  ({ cluster, kind, report }) =>
    Effect.gen(function* () {
      const { store } = yield* kind.open("latency")
      const { log } = cluster
      for (const perSecond of kind.part === 1 ? [1000] : [1000 * kind.part, 1000]) {
        const topic = yield* cluster.topic(`latency-${kind.name.replaceAll(" ", "-")}-${perSecond}`)
        const written = makeJournals({ topic, log, store, payload: jsonPayload, origin: "bench" })
        const ids = Array.from({ length: journals }, (_, at) => `journal-${at}`)
        const append = (id: string) => written.journal(id).append([{ payload }])
        yield* Effect.forEach(ids, append, { concurrency: 10, discard: true })

        const ends: Array<Stored> = []
        const appended: Array<Appended> = []
        const appending = Effect.gen(function* () {
          const began = performance.now()
          const total = (warmSeconds + seconds) * perSecond
          let asked = 0
          while (asked < total) {
            const now = performance.now()
            const due = Math.min(total, Math.floor(((now - began) / 1000) * perSecond))
            for (; asked < due; asked++) {
              const at = performance.now()
              const isTimed = asked >= warmSeconds * perSecond
              const taken = Effect.map(append(ids[asked % journals] ?? ""), ({ offset }) => {
                if (isTimed) appended.push({ at, offset, took: performance.now() - at })
              })
              yield* Effect.forkChild(Effect.orDie(taken))
            }
            yield* Effect.sleep(everyMs)
          }
          while (appended.length < seconds * perSecond) yield* Effect.sleep(everyMs)
          const last = Math.max(...appended.map(({ offset }) => offset))
          while ((ends.at(-1)?.nextOffset ?? 0) <= last) yield* Effect.sleep(everyMs)
        })
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* replicate({
              log,
              store,
              topics: [topic],
              onEvent: (event) => {
                if (event._tag === "Replicated" && event.partition === partition)
                  ends.push({ at: performance.now(), nextOffset: event.nextOffset })
              }
            })
            yield* Effect.timeout(appending, (warmSeconds + seconds) * 1000 + drainMs)
          })
        )
        let end = 0
        const values = appended
          .toSorted((one, other) => one.offset - other.offset)
          .map(({ at, offset }) => {
            while ((ends[end]?.nextOffset ?? Infinity) <= offset) end++
            return (ends[end]?.at ?? Number.NaN) - at
          })
        const load = `${kind.name}, ${perSecond} events/s`
        const acknowledged = appended.map(({ took }) => took)
        yield* Effect.promise(() =>
          report({ name: `${load}: append to acknowledged`, unit: "ms", values: acknowledged })
        )
        yield* Effect.promise(() => report({ name: `${load}: append to readable`, unit: "ms", values }))
      }
    })
)
