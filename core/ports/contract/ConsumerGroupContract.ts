import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { PartitionOffset } from "../index.ts"
import type { ContractCase } from "./ContractCase.ts"
import { expectEqual } from "./ContractViolation.ts"
import {
  type ConsumerGroupSubject,
  grace,
  Holders,
  long,
  type MakeWorker,
  makeWorker,
  namesOf,
  numbered,
  patience,
  shared,
  short,
  tags,
  until,
  type Worker
} from "./GroupWorkers.ts"

const reasonOf = <A>(effect: Effect.Effect<A, { readonly reason: string }>): Effect.Effect<string> =>
  Effect.match(effect, { onSuccess: () => "success", onFailure: ({ reason }) => reason })

/** Commits again while the group is sharing out. */
const commit = ({ membership }: Worker, offsets: ReadonlyArray<PartitionOffset>) =>
  Effect.retry(membership.commit(offsets), {
    while: ({ reason }) => Effect.as(Effect.sleep(10), reason === "Rebalancing")
  })

/**
 * The claims that every `ConsumerGroup` keeps.
 *
 * **Details**
 *
 * `make` gives each case a subject of its own, with a group that nobody has joined. In every case no partition is ever
 * assigned to a worker while another one has it.
 */
export const consumerGroupContract = <E>(
  make: Effect.Effect<ConsumerGroupSubject, E, Scope.Scope>
): ReadonlyArray<ContractCase> => {
  const claim = (
    name: string,
    check: (subject: ConsumerGroupSubject, join: MakeWorker) => Effect.Effect<void, unknown, Scope.Scope>
  ): ContractCase => ({
    name,
    run: Effect.gen(function* () {
      const subject = yield* make
      const holders = new Holders()
      yield* check(subject, makeWorker(subject, holders))
      yield* expectEqual("partitions that were assigned before they were let go", holders.wrong, [])
    })
  })

  return [
    claim(
      "a member that is alone has every partition",
      Effect.fnUntraced(function* (subject, join) {
        const worker = yield* join("a")
        yield* shared(numbered(subject.topic, subject.partitions), [worker])
        yield* expectEqual("what it was told", tags(worker), ["Assigned"])
      })
    ),
    claim(
      "members that come at the same time share the partitions evenly, and each belongs to one of them",
      Effect.fnUntraced(function* (subject, join) {
        const workers = yield* Effect.forEach(["a", "b", "c"], (name) => join(name), { concurrency: "unbounded" })
        yield* shared(numbered(subject.topic, subject.partitions), workers)
      })
    ),
    claim(
      "a second member gets its share, and what does not move is not touched",
      Effect.fnUntraced(function* (subject, join) {
        const all = numbered(subject.topic, subject.partitions)
        const first = yield* join("a")
        yield* shared(all, [first])
        const second = yield* join("b")
        yield* shared(all, [first, second])
        yield* grace
        yield* expectEqual("what the first one was told", tags(first), ["Assigned", "Revoked"])
        yield* expectEqual(
          "what was revoked",
          namesOf(first.events[1]?.partitions ?? []),
          [...second.has.keys()].sort()
        )
      })
    ),
    claim(
      "nothing is given away before its owner has let go",
      Effect.fnUntraced(function* (subject, join) {
        const all = numbered(subject.topic, subject.partitions)
        const release = Deferred.makeUnsafe<void>()
        const first = yield* join("a", { beforeRelease: () => Deferred.await(release) })
        yield* shared(all, [first])
        const second = yield* join("b")
        yield* until("the first one is told that partitions are revoked", () => tags(first).includes("Revoked"))
        yield* grace
        yield* expectEqual("what the second one has meanwhile", [...second.has.keys()], [])
        Deferred.doneUnsafe(release, Effect.void)
        yield* shared(all, [first, second])
      })
    ),
    claim(
      "an owner that does not let go in time is interrupted and told that it has lost",
      Effect.fnUntraced(function* (subject, join) {
        const all = numbered(subject.topic, subject.partitions)
        let interrupted = false
        const first = yield* join("a", {
          times: { sessionTimeoutMs: long, revokeTimeoutMs: short },
          beforeRelease: (_, { partitions }) =>
            partitions.length === all.length
              ? Effect.void
              : Effect.onInterrupt(Effect.never, () => Effect.sync(() => (interrupted = true)))
        })
        yield* shared(all, [first])
        const second = yield* join("b")
        yield* shared(all, [first, second])
        yield* expectEqual("the owner was interrupted", interrupted, true)
        yield* expectEqual("what it was told", tags(first).slice(0, 3), ["Assigned", "Revoked", "Lost"])
        yield* expectEqual("what was lost", namesOf(first.events[2]?.partitions ?? []), [...second.has.keys()].sort())
      })
    ),
    claim(
      "a member that leaves has let go of everything, and gives it back at once",
      Effect.fnUntraced(function* (subject, join) {
        const all = numbered(subject.topic, subject.partitions)
        const first = yield* join("a")
        yield* shared(all, [first])
        const second = yield* join("b")
        yield* shared(all, [first, second])
        yield* first.leave
        yield* expectEqual("what the first one has", [...first.has.keys()], [])
        yield* expectEqual("what it was told", tags(first), ["Assigned", "Revoked", "Revoked"])
        yield* shared(all, [second])
      })
    ),
    claim(
      "a member that vanishes is replaced after its session, and learns that it has lost",
      Effect.fnUntraced(function* (subject, join) {
        const all = numbered(subject.topic, subject.partitions)
        const first = yield* join("a", { times: { sessionTimeoutMs: short, revokeTimeoutMs: long } })
        yield* shared(all, [first])
        const second = yield* join("b")
        yield* shared(all, [first, second])
        yield* expectEqual("what a member in the group waits for", first.membership.waiting(), undefined)
        yield* first.vanish
        yield* shared(all, [second])
        yield* until("the vanished one is told that it has lost", () => tags(first).includes("Lost"))
        yield* expectEqual("what the vanished one has", [...first.has.keys()], [])
        yield* until("the vanished one waits for its coordinator", () => first.membership.waiting() !== undefined)
        yield* expectEqual("why", first.membership.waiting()?.reason, "Unreachable")
      })
    ),
    claim(
      "a member that vanishes while another one has yet to let go learns that it has lost, and does not wait for that",
      Effect.fnUntraced(function* (subject, join) {
        const all = numbered(subject.topic, subject.partitions)
        const release = Deferred.makeUnsafe<void>()
        const first = yield* join("a", { times: { sessionTimeoutMs: short, revokeTimeoutMs: long } })
        yield* shared(all, [first])
        const second = yield* join("b", { beforeRelease: () => Deferred.await(release) })
        yield* shared(all, [first, second])
        const third = yield* join("c")
        yield* until("both are told to let go", () => tags(first).length === 3 && tags(second).includes("Revoked"))
        yield* grace
        yield* first.vanish
        yield* until("the vanished one is told that it has lost", () => tags(first).includes("Lost"))
        yield* expectEqual("what the vanished one has", [...first.has.keys()], [])
        Deferred.doneUnsafe(release, Effect.void)
        yield* shared(all, [second, third])
      })
    ),
    claim(
      "what a member commits is seen by the next owner, and partitions without a commit are left out",
      Effect.fnUntraced(function* (subject, join) {
        const all = numbered(subject.topic, subject.partitions)
        const first = yield* join("a")
        yield* shared(all, [first])
        const offsets = all.slice(0, 2).map((tp, index) => ({ ...tp, offset: 7 + index }))
        yield* commit(first, offsets)
        yield* commit(first, [{ ...all[0]!, offset: 2 ** 40 }])
        yield* first.leave
        const second = yield* join("b")
        yield* shared(all, [second])
        const committed = yield* second.group.committed(all)
        const sorted = [...committed].sort((a, b) => a.partition - b.partition)
        yield* expectEqual("what is committed", sorted, [{ ...all[0], offset: 2 ** 40 }, offsets[1]])
      })
    ),
    claim(
      "a member may commit while it is told to let go, also when it leaves",
      Effect.fnUntraced(function* (subject, join) {
        const all = numbered(subject.topic, subject.partitions)
        const failures: Array<unknown> = []
        const first = yield* join("a", {
          beforeRelease: (worker, { partitions }) =>
            commit(
              worker(),
              partitions.map((tp) => ({ ...tp, offset: tp.partition + 1 }))
            ).pipe(Effect.catch((error) => Effect.sync(() => void failures.push(error))))
        })
        yield* shared(all, [first])
        const second = yield* join("b")
        yield* shared(all, [first, second])
        yield* first.leave
        yield* expectEqual("commits that failed", failures, [])
        const committed = yield* second.group.committed(all)
        const offsets = committed.map(({ offset, partition }) => offset - partition)
        yield* expectEqual(
          "offsets less partitions",
          offsets,
          all.map(() => 1)
        )
      })
    ),
    claim(
      "a commit of what is not the member's is refused, and stores nothing",
      Effect.fnUntraced(function* (subject, join) {
        const all = numbered(subject.topic, subject.partitions)
        const [first, second] = yield* Effect.forEach(["a", "b"], (name) => join(name))
        if (first === undefined || second === undefined) return
        yield* shared(all, [first, second])
        const foreign = [...first.has.values(), ...second.has.values()].map((tp) => ({ ...tp, offset: 3 }))
        yield* expectEqual("the commit", yield* reasonOf(first.membership.commit(foreign)), "Fenced")
        yield* first.leave
        const after = [...foreign].slice(0, 1)
        yield* expectEqual("a commit after leaving", yield* reasonOf(first.membership.commit(after)), "Fenced")
        yield* expectEqual("what is committed", yield* second.group.committed(all), [])
      })
    ),
    claim(
      "a commit by a member that has vanished and come to know it is refused",
      Effect.fnUntraced(function* (subject, join) {
        const all = numbered(subject.topic, subject.partitions)
        const first = yield* join("a", { times: { sessionTimeoutMs: short, revokeTimeoutMs: long } })
        yield* shared(all, [first])
        const had = [...first.has.values()].map((tp) => ({ ...tp, offset: 9 }))
        const second = yield* join("b")
        yield* first.vanish
        yield* shared(all, [second])
        yield* until("the vanished one is told that it has lost", () => tags(first).includes("Lost"))
        yield* expectEqual("the commit", yield* reasonOf(first.membership.commit(had)), "Fenced")
        yield* expectEqual("what is committed", yield* second.group.committed(all), [])
      })
    ),
    claim(
      "partitions that are added are taken up",
      Effect.fnUntraced(function* (subject, join) {
        const workers = yield* Effect.forEach(["a", "b"], (name) => join(name))
        yield* shared(numbered(subject.topic, subject.partitions), workers)
        yield* subject.setPartitions(subject.topic, subject.partitions + 3)
        yield* shared(numbered(subject.topic, subject.partitions + 3), workers)
      })
    ),
    claim(
      "a topic that does not exist yet is taken up when it is there",
      Effect.fnUntraced(function* (subject, join) {
        const worker = yield* join("a", { topics: [subject.newTopic] })
        yield* grace
        yield* expectEqual("what it was told", tags(worker), [])
        yield* subject.setPartitions(subject.newTopic, 2)
        yield* shared(numbered(subject.newTopic, 2), [worker])
      })
    ),
    claim(
      "a member gets partitions of the topics that it asked for, and of no others",
      Effect.fnUntraced(function* (subject, join) {
        yield* subject.setPartitions(subject.newTopic, 2)
        const both = yield* join("a", { topics: [subject.topic, subject.newTopic] })
        const one = yield* join("b", { topics: [subject.newTopic] })
        const all = [...numbered(subject.topic, subject.partitions), ...numbered(subject.newTopic, 2)]
        yield* until("the partitions are shared", () => both.has.size + one.has.size === all.length && one.has.size > 0)
        yield* expectEqual(
          "what the second one has",
          [...one.has.keys()].sort(),
          namesOf(numbered(subject.newTopic, 2))
        )
      })
    ),
    claim(
      "generations grow",
      Effect.fnUntraced(function* (subject, join) {
        const all = numbered(subject.topic, subject.partitions)
        const first = yield* join("a")
        yield* shared(all, [first])
        const second = yield* join("b")
        yield* shared(all, [first, second])
        yield* second.leave
        yield* shared(all, [first])
        const generations = first.events.map(({ generation }) => generation)
        const sorted = [...new Set(generations)].sort((a, b) => a - b)
        yield* expectEqual("the generations of what one was told", generations, sorted)
      })
    ),
    claim(
      "closing the scope of a member that nobody answers ends",
      Effect.fnUntraced(function* (_, join) {
        const worker = yield* join("a", { times: { sessionTimeoutMs: short, revokeTimeoutMs: short } })
        yield* worker.vanish
        const left = yield* Effect.timeoutOption(worker.leave, patience)
        yield* expectEqual("leaving ends", left._tag, "Some")
      })
    )
  ]
}
