import * as Effect from "effect/Effect"
import { areaOnServers, kinds } from "./Pairs.ts"
import { eventsIn, recordsOf, type Shape } from "./Records.ts"
import { replicated, underAnyName } from "./Replicated.ts"
import type { RowWriter } from "./StorePair.ts"

const shapes: ReadonlyArray<readonly [string, Shape]> = [
  ["2000 new journals of 5", { journals: 2000, each: 5, perRecord: 1, beside: 100 }],
  ["500 journals of 20 in turn", { journals: 500, each: 20, perRecord: 1, beside: 500 }],
  ["10 journals of 1000", { journals: 10, each: 1000, perRecord: 1, beside: 10 }],
  ["10 journals of 1000, 10 a record", { journals: 10, each: 1000, perRecord: 10, beside: 10 }]
]

const rounds = 7

/** Replication from Apache Kafka to each store, against the driver's own writes of the rows that come of it. */
export const replication = areaOnServers(
  "replication",
  "replication from Apache Kafka to each store",
  kinds,
  ({ cluster, kind, report }) =>
    Effect.gen(function* () {
      const { open, part } = kind
      const { rowsOf, store } = yield* open("replication")
      let runs = 0
      for (const [at, [what, whole]] of shapes.entries()) {
        const shape = part === 1 ? whole : { ...whole, journals: Math.max(1, Math.floor(whole.journals * part)) }
        const topic = yield* cluster.topic(`replication-${kind.name.replaceAll(" ", "-")}-${at}`)
        yield* cluster.fill(topic, recordsOf(shape))
        const log = underAnyName(cluster.log, topic)
        const sample = `sample-${at}`
        const ends = yield* Effect.promise(() => replicated(log, store, sample))
        const { byRow, together } = yield* Effect.promise(() => rowsOf(sample, ends))
        const events = eventsIn(shape)
        const against = (name: string, write: RowWriter, goal: { readonly goal?: number }) =>
          report({
            name: `replicate to ${kind.name}, ${what}`,
            unit: "events",
            ...goal,
            rounds,
            subject: {
              name: "replicate",
              run: () => replicated(log, store, `subject-${runs++}`).then(() => events)
            },
            baseline: { name, run: () => write(`baseline-${runs++}`).then(() => events) }
          })
        yield* Effect.promise(() => against("the driver's writes of the same rows", together, { goal: 0.9 }))
        if (byRow !== undefined) yield* Effect.promise(() => against("one request for each row", byRow, {}))
      }
    })
)
