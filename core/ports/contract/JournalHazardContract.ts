import * as Effect from "effect/Effect"
import { MinimumLogLevel } from "effect/References"
import type { Scope } from "effect/Scope"
import type { ContractCase } from "./ContractCase.ts"
import { breakClaims } from "./JournalHazardBreaks.ts"
import { crashClaims } from "./JournalHazardCrashes.ts"
import { lossClaims } from "./JournalHazardLosses.ts"
import { raceClaims } from "./JournalHazardRaces.ts"
import { readClaims } from "./JournalHazardReads.ts"
import { storyClaims } from "./JournalHazardStories.ts"
import type { JournalHazardSubject } from "./JournalHazardSubject.ts"
import { HazardWorld } from "./JournalHazardWorld.ts"
import { zombieClaims } from "./JournalHazardZombies.ts"

/**
 * What every store gives to readers whatever happens to replicators, the log and the reads themselves: the hazards of
 * event sourcing over a log and a store, run with the real replicator and the real reads of `odradek/core/journal`.
 *
 * **When to use**
 *
 * For a store of your own, beside `journalStoreContract` (single steps) and `journalReplicationContract` (whole
 * journals): replicators die between any two writes, lose answers, and go on after they were replaced; retention overtakes
 * them; deletes and purges are copied during a read.
 *
 * **Details**
 *
 * `make` gives each case a subject of its own; the store and the log may be shared between cases, the topics may not. A
 * name that begins with `H` and a number is a hazard of the kind. Faults come from wrappers around the ports, at each
 * boundary in turn, so that a case is the same at each run; nothing waits but for a condition. What replicators and reads
 * log meanwhile is left out.
 *
 * A subject that says how a store's requests are broken off (`openThrough`) has its replicators die and sleep between any two
 * of them, in a story of several journals whose log the next replicator takes in other pages. Not every place is tried, but
 * one of each kind: of those with the same kind of request before and after it, the first. For the others a row that is
 * written, or a transaction, is a request.
 *
 * **Gotchas**
 *
 * Some cases make thousands of requests to the store. Give a slow one minutes.
 */
export const journalHazardContract = <E>(
  make: Effect.Effect<JournalHazardSubject, E, Scope>
): ReadonlyArray<ContractCase> =>
  [...storyClaims, ...lossClaims, ...zombieClaims, ...raceClaims, ...readClaims, ...crashClaims, ...breakClaims].map(
    ([name, claim]) => ({
      name,
      run: Effect.gen(function* () {
        const subject = yield* make
        const partitions = yield* subject.log.partitions(subject.topic)
        yield* claim(new HazardWorld(subject, partitions))
      }).pipe(Effect.provideService(MinimumLogLevel, "None"))
    })
  )
