import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { Area, Given, Report } from "./Bench.ts"
import { cassandraPair } from "./CassandraPair.ts"
import { type Cluster, openCluster } from "./Cluster.ts"
import { dynamoDbPair } from "./DynamoDbPair.ts"
import { postgresPair } from "./PostgresPair.ts"
import type { PairKind } from "./StorePair.ts"

/** What an area on real servers runs for each store. */
export interface OnServer {
  readonly report: Report
  readonly given: Given
  readonly cluster: Cluster
  readonly kind: PairKind
}

export const kinds: ReadonlyArray<PairKind> = [cassandraPair, postgresPair, dynamoDbPair]

/** An area that runs for each kind of store that is named, on Apache Kafka; they have to run. */
export const areaOnServers = (
  name: string,
  about: string,
  wanted: ReadonlyArray<PairKind>,
  run: (on: OnServer) => Effect.Effect<void, unknown, Scope>
): Area => ({
  name,
  about: `${about} (on servers)`,
  run: (report, given) =>
    Effect.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          const cluster = yield* openCluster(given)
          const { store = "" } = given
          const named = wanted.filter(({ name }) => name.toLowerCase().startsWith(store.toLowerCase()))
          for (const kind of named) yield* Effect.scoped(run({ report, given, cluster, kind }))
        })
      )
    )
})
