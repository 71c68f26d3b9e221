import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { JournalError, ReplicatorEvent } from "../../journal/index.ts"
import { expectEqual, expectFailure } from "./ContractViolation.ts"
import type { HazardClaim } from "./JournalHazardCrashes.ts"
import { inTime } from "./JournalHazardWorld.ts"
import type { HazardJournal, HazardWorld } from "./JournalHazardWorld.ts"

/** What a replicator of a partition says when it cannot go on. */
const whyStalled = (world: HazardWorld) =>
  Effect.scoped(
    Effect.gen(function* () {
      const stalled = Deferred.makeUnsafe<JournalError>()
      let last: string = "nothing"
      const onEvent = (event: ReplicatorEvent) => {
        last = event._tag
        if (event._tag === "Stalled") Deferred.doneUnsafe(stalled, Effect.succeed(event.error))
      }
      yield* world.worker(world.subject.store, onEvent)
      return yield* inTime("the replicator", "stalled", Deferred.await(stalled), () => last)
    })
  )

/** What a reader sees of a journal that has lost records: its events, with those that nobody has any more left out. */
const numbersOf = (journal: HazardJournal) =>
  Effect.map(journal.read(), ({ events }) => events.map(({ seqNr }) => seqNr).join(" "))

const overtaken: HazardClaim = [
  "H5. where retention overtakes replication, readers and the replicator say that records are lost, the pointer stays, and both go on once an operator has moved it",
  (world) =>
    Effect.gen(function* () {
      const { store, topic, trim } = world.subject
      const [journal, idle] = [world.journal(), world.journal()]
      yield* journal.write("a1-3")
      yield* idle.write("a1-2")
      yield* world.replicate()
      const pointer = yield* store.pointer(topic, 0)
      yield* journal.write("a4 a5")
      const start = world.end
      yield* journal.write("a6")
      yield* trim(topic, 0, start)

      yield* expectFailure("a read of a journal that has lost records", "Lost", journal.open().explain)
      yield* expectFailure("a read of another journal, which may have lost some", "Lost", idle.open().explain)
      const error = yield* whyStalled(world)
      yield* expectEqual("why the replicator stalls", error.reason, "Lost")
      yield* expectEqual("the pointer beyond which records are lost", yield* store.pointer(topic, 0), pointer)
      yield* expectFailure("a read after the replicator has stalled", "Lost", journal.open().explain)

      yield* world.movePointer(start - 1)
      yield* expectEqual("the numbers once the loss is accepted", yield* numbersOf(journal), "1 2 3 6")
      yield* idle.expectRead("beside a loss that is accepted")
      yield* world.replicate()
      yield* expectEqual("the numbers when the rest is replicated", yield* numbersOf(journal), "1 2 3 6")
      yield* idle.expectRead("beside a loss, when the rest is replicated")
    })
]

const kept: HazardClaim = [
  "H5. retention of what is replicated harms nobody",
  (world) =>
    Effect.gen(function* () {
      const { topic, trim } = world.subject
      const journal = world.journal()
      yield* journal.write("a1-3 d1 a4")
      yield* world.replicate()
      const start = world.end
      yield* journal.write("a5 d2")
      yield* trim(topic, 0, start)
      yield* journal.expectRead("before a tail is replicated, below which the log is gone")
      yield* world.replicate()
      yield* journal.expectRead("after it")
      yield* journal.expectStored("after it")
    })
]

const late: HazardClaim = [
  "H5. a store that comes late says to readers that records are lost, and begins where the log begins",
  (world) =>
    Effect.gen(function* () {
      const { topic, trim } = world.subject
      const [journal, idle] = [world.journal(), world.journal()]
      yield* journal.write("a1-3")
      const start = world.end
      yield* journal.write("a4-5")
      yield* idle.write("a1-2")
      yield* trim(topic, 0, start)
      yield* expectFailure("a read of a log whose beginning no store has", "Lost", idle.open().explain)
      yield* world.replicate()
      yield* expectEqual("the numbers that the store has", yield* numbersOf(journal), "4 5")
      yield* idle.expectRead("of a journal that has lost nothing")
    })
]

/** What is told of records that the log had, and that nobody has any more. */
export const lossClaims: ReadonlyArray<HazardClaim> = [overtaken, kept, late]
