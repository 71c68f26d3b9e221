import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Latch from "effect/Latch"
import type { Scope } from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { assignSticky, type Subscriber } from "../../core/client/index.ts"
import { type TopicPartition, topicPartitionName } from "../../core/log/index.ts"
import {
  type CommitLog,
  type ConsumerGroup,
  ConsumerGroupError,
  type GroupEvent,
  type GroupMembership,
  type GroupOwner,
  type PartitionOffset
} from "../../core/ports/index.ts"

/** How a process takes part in its groups; times are in milliseconds. */
export interface MemoryGroupTimes {
  /** How long a member that has vanished keeps its partitions (10 000). */
  readonly sessionTimeoutMs?: number
  /** How long an owner may take to let go (30 000). */
  readonly revokeTimeoutMs?: number
}

/** Settings of a group in memory. The log tells how many partitions topics have, asked every `discoveryMs` (3000). */
export interface MemoryGroupOptions extends MemoryGroupTimes {
  readonly id: string
  readonly log: Pick<CommitLog, "partitions">
  readonly discoveryMs?: number
}

/**
 * A consumer group in memory.
 *
 * **Details**
 *
 * `process` is the same group as another process has it, which can `vanish`: what it asks is then not answered, and what
 * its members had is given away when their sessions are over.
 */
export interface MemoryGroup extends ConsumerGroup {
  readonly process: (times?: MemoryGroupTimes) => {
    readonly group: ConsumerGroup
    readonly vanish: Effect.Effect<void>
  }
}

interface Process {
  readonly sessionTimeoutMs: number
  readonly revokeTimeoutMs: number
  vanished: boolean
}

interface Member {
  readonly id: string
  readonly process: Process
  readonly topics: ReadonlyArray<string>
  readonly owner: GroupOwner
  readonly owned: Map<string, TopicPartition>
  /** What it is told comes one after the other. */
  readonly turn: Semaphore.Semaphore
  readonly lost: Deferred.Deferred<void>
  readonly crashed: Deferred.Deferred<never>
}

/**
 * Makes a group whose members are all in this process; it shares out partitions until the scope closes.
 *
 * **When to use**
 *
 * For tests, also on a clock that stands still, and for several workers over one log in memory.
 */
const make = Effect.fnUntraced(function* (options: MemoryGroupOptions): Effect.fn.Return<MemoryGroup, never, Scope> {
  const { discoveryMs = 3000, id, log } = options
  const members = new Map<string, Member>()
  const offsets = new Map<string, number>()
  const changed = Latch.makeUnsafe(false)
  let counts: ReadonlyMap<string, number> = new Map()
  let generation = 0
  let nextMember = 1

  const failure = (reason: ConsumerGroupError["reason"], operation: ConsumerGroupError["operation"], message: string) =>
    new ConsumerGroupError({ reason, operation, group: id, message })
  const unreachable = (operation: ConsumerGroupError["operation"]) =>
    failure("Unreachable", operation, `This process is cut off from group ${id}: go on in another one.`)

  /** Tells a member something; whether it was done with it in time. */
  const tell = (member: Member, tag: GroupEvent["_tag"], partitions: ReadonlyArray<TopicPartition>) =>
    Effect.suspend(() => member.owner({ _tag: tag, generation, partitions })).pipe(
      Effect.onExit((exit) =>
        Effect.sync(() => {
          if (Exit.isFailure(exit) && Exit.hasDies(exit))
            Deferred.doneUnsafe(member.crashed, Effect.failCause(exit.cause))
        })
      ),
      Effect.ignoreCause,
      Effect.as(true),
      Effect.raceFirst(tag === "Lost" ? Effect.never : Effect.as(Deferred.await(member.lost), false)),
      Effect.timeoutOrElse({ duration: member.process.revokeTimeoutMs, orElse: () => Effect.succeed(false) })
    )

  const letGo = (member: Member, wanted: (tp: TopicPartition) => boolean): Effect.Effect<void> =>
    Semaphore.withPermit(
      member.turn,
      Effect.gen(function* () {
        const gone = [...member.owned.values()].filter(wanted)
        if (gone.length === 0) return
        const inTime = yield* tell(member, "Revoked", gone)
        const still = gone.filter((tp) => member.owned.delete(topicPartitionName(tp)))
        if (!inTime && still.length > 0) yield* tell(member, "Lost", still)
      })
    )

  /** Takes a member out that was not heard for the length of its session. */
  const expire = Effect.fnUntraced(function* (member: Member) {
    yield* Effect.sleep(member.process.sessionTimeoutMs)
    const lost = [...member.owned.values()]
    member.owned.clear()
    members.delete(member.id)
    Deferred.doneUnsafe(member.lost, Effect.void)
    if (lost.length > 0) yield* Semaphore.withPermit(member.turn, tell(member, "Lost", lost))
    Latch.openUnsafe(changed)
  })

  const give = (member: Member, share: ReadonlyArray<TopicPartition>): Effect.Effect<void> =>
    Semaphore.withPermit(
      member.turn,
      Effect.suspend(() => {
        if (member.process.vanished || !members.has(member.id)) return Effect.void
        const taken = new Set([...members.values()].flatMap(({ owned }) => [...owned.keys()]))
        const added = share.filter((tp) => !taken.has(topicPartitionName(tp)))
        for (const tp of added) member.owned.set(topicPartitionName(tp), tp)
        return added.length === 0 ? Effect.void : tell(member, "Assigned", added)
      })
    )

  /** A topic that does not exist has no partitions; one that the log cannot be asked about has as many as before. */
  const count = (topic: string): Effect.Effect<readonly [string, number]> =>
    Effect.match(log.partitions(topic), {
      onSuccess: (partitions) => [topic, partitions] as const,
      onFailure: ({ reason }) => [topic, reason === "UnknownTopic" ? 0 : (counts.get(topic) ?? 0)] as const
    })

  const shareOut = Effect.gen(function* () {
    generation++
    const present = [...members.values()]
    const subscribers = present.map((member): Subscriber => ({
      id: member.id,
      topics: member.topics,
      owned: [...member.owned.values()],
      generation
    }))
    const shares = assignSticky(subscribers, counts)
    const namesOf = (member: Member) => new Set((shares.get(member.id) ?? []).map(topicPartitionName))
    const hearing = present.filter(({ process }) => !process.vanished)
    yield* Effect.forEach(
      hearing,
      (member) => {
        const kept = namesOf(member)
        return letGo(member, (tp) => !kept.has(topicPartitionName(tp)))
      },
      { concurrency: "unbounded", discard: true }
    )
    yield* Effect.forEach(hearing, (member) => give(member, shares.get(member.id) ?? []), {
      concurrency: "unbounded",
      discard: true
    })
  })

  const turn = Effect.gen(function* () {
    const woken = yield* Effect.timeoutOption(Latch.await(changed), discoveryMs)
    Latch.closeUnsafe(changed)
    const topics = new Set([...members.values()].flatMap((member) => member.topics))
    const before = [...counts].join()
    counts = new Map(yield* Effect.forEach([...topics].sort(), count))
    if (woken._tag === "Some" || [...counts].join() !== before) yield* shareOut
  })
  yield* Effect.forkScoped(Effect.forever(turn))

  const commit = (member: Member, done: ReadonlyArray<PartitionOffset>): Effect.Effect<void, ConsumerGroupError> =>
    Effect.suspend(() => {
      const foreign = done.map(topicPartitionName).find((name) => !member.owned.has(name))
      if (foreign !== undefined) {
        const message = `Nothing was committed, because ${foreign} is not this member's: leave it to whoever has it now.`
        return Effect.fail(failure("Fenced", "commit", message))
      }
      if (member.process.vanished) return Effect.fail(unreachable("commit"))
      for (const one of done) offsets.set(topicPartitionName(one), one.offset)
      return Effect.void
    })

  const join = (process: Process): ConsumerGroup["join"] =>
    Effect.fnUntraced(function* (topics, owner): Effect.fn.Return<GroupMembership, never, Scope> {
      const now = yield* Clock.currentTimeMillis
      const member: Member = {
        id: `member-${now}-${nextMember++}`,
        process,
        topics,
        owner,
        owned: new Map(),
        turn: Semaphore.makeUnsafe(1),
        lost: Deferred.makeUnsafe(),
        crashed: Deferred.makeUnsafe()
      }
      const leave = letGo(member, () => true).pipe(
        Effect.andThen(
          Effect.sync(() => {
            members.delete(member.id)
            Latch.openUnsafe(changed)
          })
        )
      )
      yield* Effect.acquireRelease(
        Effect.sync(() => {
          members.set(member.id, member)
          Latch.openUnsafe(changed)
        }),
        () => leave
      )
      return {
        commit: (done) => commit(member, done),
        ended: Deferred.await(member.crashed),
        waiting: () => (process.vanished ? unreachable("join") : undefined)
      }
    })

  const groupOf = (process: Process): ConsumerGroup => ({
    id,
    join: join(process),
    committed: (partitions) =>
      Effect.suspend(() => {
        if (process.vanished) return Effect.fail(unreachable("committed"))
        return Effect.succeed(
          partitions.flatMap(({ partition, topic }) => {
            const offset = offsets.get(topicPartitionName({ topic, partition }))
            return offset === undefined ? [] : [{ topic, partition, offset }]
          })
        )
      })
  })

  const scope = yield* Effect.scope
  const processOf = (times: MemoryGroupTimes): Process => ({
    sessionTimeoutMs: times.sessionTimeoutMs ?? options.sessionTimeoutMs ?? 10_000,
    revokeTimeoutMs: times.revokeTimeoutMs ?? options.revokeTimeoutMs ?? 30_000,
    vanished: false
  })
  return {
    ...groupOf(processOf({})),
    process: (times = {}) => {
      const process = processOf(times)
      const vanish = Effect.suspend(() => {
        process.vanished = true
        const own = [...members.values()].filter((member) => member.process === process)
        return Effect.forEach(own, (member) => Effect.forkIn(expire(member), scope), { discard: true })
      })
      return { group: groupOf(process), vanish }
    }
  }
})

/** Makes groups in memory: {@link make}. */
export const MemoryGroup = { make } as const
