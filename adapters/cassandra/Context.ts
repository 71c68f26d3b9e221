import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Cassandra } from "./CassandraModule.ts"
import type { CqlRequests } from "./CqlRequests.ts"
import type { Statements } from "./Statements.ts"
import type { WriteClock } from "./WriteClock.ts"

/** What every operation of an open store works with. `segmentSize` is that of journals that begin here. */
export interface Context {
  readonly module: Cassandra
  readonly requests: CqlRequests
  readonly statements: Statements
  readonly clock: WriteClock
  readonly segmentSize: number
}

/** The time stamp of a new write. */
export const nextStamp = ({ clock }: Context): Effect.Effect<number> =>
  Effect.map(Clock.currentTimeMillis, (now) => clock.next(now))
