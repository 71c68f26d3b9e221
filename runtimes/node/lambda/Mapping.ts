import { basename, extname } from "node:path"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { Scope } from "effect/Scope"
import { doneTo } from "../../../core/lambda/index.ts"
import type { MappingConfig } from "../../../core/lambda/index.ts"
import { topicPartitionName } from "../../../core/log/index.ts"
import type { TopicPartition } from "../../../core/log/index.ts"
import { partitionBounds } from "../../../core/ports/index.ts"
import type {
  CommitLog,
  CommitLogError,
  ConsumerGroup,
  ConsumerGroupError,
  GroupEvent,
  PartitionOffset
} from "../../../core/ports/index.ts"
import { beginningsOf } from "./Beginnings.ts"
import type { StartingPosition } from "./Beginnings.ts"
import { makeCommits } from "./Commits.ts"
import type { Destination } from "./Destination.ts"
import type { MappingEvent } from "./MappingEvent.ts"
import { runPoller } from "./Poller.ts"
import { makeSandbox } from "./Sandbox.ts"
import type { SandboxOptions } from "./Sandbox.ts"
import { SandboxFailure } from "./SandboxFailure.ts"

/**
 * A mapping of topics to a function.
 *
 * **Details**
 *
 * Positions are kept in `group`, and without one nowhere. `pollers` share the partitions, each with a sandbox of its own.
 * Every `rebalanceMs` a partition goes to the next poller, which begins at what is committed, whatever the one before is at: as
 * when a poller loses its lease. `happened` is called as things happen, and must not block.
 */
export interface MappingOptions extends SandboxOptions {
  readonly config: MappingConfig
  readonly log: Pick<CommitLog, "partitions" | "read">
  readonly group?: ConsumerGroup
  readonly topics: ReadonlyArray<string>
  readonly startingPosition: StartingPosition
  readonly bootstrapServers: ReadonlyArray<string>
  readonly pollers: number
  readonly rebalanceMs?: number
  readonly destination?: Destination
  readonly happened: (event: MappingEvent) => void
}

/** What ends a mapping. */
export type MappingFailure = CommitLogError | ConsumerGroupError | SandboxFailure

/**
 * A mapping that runs until its scope closes.
 *
 * **Details**
 *
 * `drained` ends when everything is done, or given up, that the topics had when it began to wait, by whichever member of the
 * group. `undone` names partitions that are not done up to there. `stop` begins nothing more, waits for invocations that are under way, and commits. `join` never succeeds: it
 * fails where the mapping cannot go on.
 */
export interface Mapping {
  readonly drained: Effect.Effect<void, MappingFailure>
  readonly undone: () => ReadonlyArray<PartitionOffset>
  readonly stop: Effect.Effect<void>
  readonly join: Effect.Effect<never, MappingFailure>
}

const lookMs = 50
const groupLookMs = 1000
const topicsLookMs = 1000
const retryMs = 500
const attempts = 20
const flushMs = 10_000

const isSame = (one: TopicPartition, other: TopicPartition): boolean =>
  one.topic === other.topic && one.partition === other.partition

/** The partitions that topics have now; a topic that does not exist has none. */
const partitionsOf = (
  { log, topics }: MappingOptions,
  isOptional: boolean
): Effect.Effect<ReadonlyArray<TopicPartition>, CommitLogError> =>
  Effect.map(
    Effect.forEach(topics, (topic) =>
      log.partitions(topic).pipe(
        Effect.map((count) => Array.from({ length: count }, (_, partition) => ({ topic, partition }))),
        Effect.catchIf(
          ({ reason }) => isOptional && reason === "UnknownTopic",
          () => Effect.succeed([])
        )
      )
    ),
    (each) => each.flat()
  )

/** Runs a mapping, after its sandboxes have loaded the handler. */
export const runMapping = Effect.fnUntraced(function* (
  options: MappingOptions
): Effect.fn.Return<Mapping, MappingFailure, Scope> {
  const { config, group, handler, happened, log, startingPosition } = options
  const functionName = basename(handler.file, extname(handler.file))
  const broken = Deferred.makeUnsafe<never, MappingFailure>()
  const break_ = (error: MappingFailure): void => void Deferred.doneUnsafe(broken, Effect.fail(error))
  const warn = (message: string): void => happened({ _tag: "Warned", message })
  const commits = makeCommits(warn)
  /** The poller of each partition, as an index. */
  const owners = new Map<string, number>()
  let partitions: ReadonlyArray<TopicPartition> = []
  const has = (place: TopicPartition): boolean => partitions.some((one) => isSame(one, place))

  const numbers = Array.from({ length: options.pollers }, (_, index) => index)
  const sandboxes = yield* Effect.forEach(numbers, () => makeSandbox(options))
  const late = () =>
    new SandboxFailure({
      reason: "NotLoaded",
      message: `${handler.file} was not loaded within ${config.initTimeoutMs / 1000} s.`
    })
  const started = Effect.forEach(sandboxes, ({ start }) => start, { concurrency: "unbounded", discard: true })
  yield* Effect.timeoutOrElse(started, { duration: config.initTimeoutMs, orElse: late })
  happened({ _tag: "Ready" })
  const pollers = yield* Effect.forEach(sandboxes, (sandbox, index) =>
    runPoller({
      ...options,
      number: index + 1,
      functionName,
      sandbox,
      destination: options.destination,
      commit: (done) => {
        if (owners.get(topicPartitionName(done)) === index) commits.done(done)
      }
    })
  )

  const give = Effect.fnUntraced(function* (index: number, given: ReadonlyArray<PartitionOffset>) {
    for (const one of given) owners.set(topicPartitionName(one), index)
    happened({ _tag: "Assigned", poller: index + 1, partitions: given })
    yield* pollers[index]?.feed({ _tag: "Assigned", partitions: given }) ?? Effect.void
  })
  const take = Effect.fnUntraced(function* (taken: ReadonlyArray<TopicPartition>) {
    for (const index of numbers) {
      const own = taken.filter((one) => owners.get(topicPartitionName(one)) === index)
      if (own.length === 0) continue
      for (const one of own) owners.delete(topicPartitionName(one))
      happened({ _tag: "Revoked", poller: index + 1, partitions: own })
      yield* pollers[index]?.feed({ _tag: "Revoked", partitions: own }) ?? Effect.void
    }
  })

  /** Shares partitions among the pollers, each to one that has the fewest. */
  const assigned = Effect.fnUntraced(function* (added: ReadonlyArray<TopicPartition>) {
    const begun = yield* beginningsOf(log, group, startingPosition, added).pipe(
      Effect.tapError(({ message }) => Effect.sync(() => warn(`It is not known where to begin: ${message}`))),
      Effect.retry({
        times: attempts,
        while: ({ reason }) => reason === "Unreachable",
        schedule: Schedule.spaced(retryMs)
      })
    )
    commits.begin(begun)
    partitions = [...partitions, ...added]
    const shares = numbers.map((): Array<PartitionOffset> => [])
    for (const one of begun) {
      const counts = numbers.map((index) => [...owners.values()].filter((owner) => owner === index).length)
      const index = counts.indexOf(Math.min(...counts))
      owners.set(topicPartitionName(one), index)
      shares[index]?.push(one)
    }
    yield* Effect.forEach(shares, (share, index) => (share.length === 0 ? Effect.void : give(index, share)))
  })
  const removed = Effect.fnUntraced(function* (gone: ReadonlyArray<TopicPartition>) {
    partitions = partitions.filter((one) => !gone.some((other) => isSame(one, other)))
    yield* take(gone)
  })
  const uncommitted = (why: string) =>
    Effect.sync(() =>
      warn(`How far partitions are done could not be committed, and what was done since comes again: ${why}`)
    )
  const flush = Effect.timeoutOrElse(commits.flush, {
    duration: flushMs,
    orElse: () => uncommitted("the group did not answer in time.")
  }).pipe(Effect.catch(({ message }) => uncommitted(message)))
  const owner = (event: GroupEvent): Effect.Effect<void> => {
    const ended = Effect.sync(() => commits.forget(event.partitions))
    switch (event._tag) {
      case "Assigned":
        return Effect.catch(assigned(event.partitions), (error) => Effect.sync(() => break_(error)))
      case "Revoked":
        return removed(event.partitions).pipe(Effect.andThen(flush), Effect.andThen(ended))
      case "Lost":
        return Effect.andThen(removed(event.partitions), ended)
    }
  }
  const breaking = <E extends MappingFailure>(effect: Effect.Effect<unknown, E>) =>
    Effect.forkScoped(Effect.catch(effect, (error) => Effect.sync(() => break_(error))))

  if (group === undefined) {
    const look = Effect.gen(function* () {
      const all = yield* partitionsOf(options, true)
      const added = all.filter((one) => !has(one))
      if (added.length > 0) yield* assigned(added)
    })
    yield* look
    yield* breaking(
      Effect.forever(
        Effect.andThen(
          Effect.sleep(topicsLookMs),
          Effect.catchIf(
            look,
            ({ reason }) => reason === "Unreachable",
            ({ message }) => Effect.sync(() => warn(message))
          )
        )
      )
    )
  } else {
    const membership = yield* group.join(options.topics, owner)
    yield* breaking(commits.keep(membership))
    yield* breaking(membership.ended)
  }

  if (options.rebalanceMs !== undefined) {
    let turn = 0
    const move = Effect.suspend(() => {
      const moved = partitions[turn++ % Math.max(1, partitions.length)]
      const from = moved === undefined ? undefined : owners.get(topicPartitionName(moved))
      const offset = moved === undefined ? undefined : commits.at(moved)
      if (moved === undefined || from === undefined || offset === undefined) return Effect.void
      const given = Effect.suspend(() =>
        has(moved) ? give((from + 1) % pollers.length, [{ ...moved, offset }]) : Effect.void
      )
      return Effect.andThen(take([moved]), given)
    })
    yield* breaking(Effect.forever(Effect.andThen(Effect.sleep(options.rebalanceMs), move)))
  }

  let undone: ReadonlyArray<PartitionOffset> = []
  /** Those of what others have that are not committed yet. */
  const unfinished = Effect.fnUntraced(function* (ends: ReadonlyArray<PartitionOffset>) {
    if (group === undefined || ends.length === 0) return ends
    const committed = yield* group.committed(ends)
    return ends.filter((end) => !committed.some((one) => isSame(one, end) && one.offset >= end.offset))
  })
  const drained = Effect.gen(function* () {
    const places = yield* partitionsOf(options, false)
    undone = yield* Effect.forEach(places, (place) =>
      Effect.map(partitionBounds(log, place), ({ end }) => ({ ...place, offset: end }))
    )
    while (true) {
      undone = undone.filter((end) => {
        const index = owners.get(topicPartitionName(end))
        const state = index === undefined ? undefined : pollers[index]?.state()
        return (state === undefined ? -1 : (doneTo(state, end) ?? -1)) < end.offset
      })
      if (undone.length === 0) return
      const others = undone.filter((one) => !owners.has(topicPartitionName(one)))
      if (others.length === undone.length) {
        undone = yield* unfinished(others)
        if (undone.length > 0) yield* Effect.sleep(groupLookMs)
      } else yield* Effect.sleep(lookMs)
    }
  })
  const join = Effect.raceAllFirst([Deferred.await(broken), ...pollers.map((one) => one.join)])
  const stop = Effect.andThen(
    Effect.forEach(pollers, (one) => one.stop, { concurrency: "unbounded", discard: true }),
    flush
  )
  return { drained, undone: () => undone, stop, join }
})
