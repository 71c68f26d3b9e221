import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as PubSub from "effect/PubSub"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { drive } from "../machine/index.ts"
import { openPeers, type Peers } from "../peers/index.ts"
import type { RecordLog } from "../storage/index.ts"
import type { ChainInput } from "./ChainInput.ts"
import { checkTarget } from "./Changes.ts"
import { chainDefaults, type ChainSettings } from "./ChainSettings.ts"
import { configurationOf } from "./ChainState.ts"
import { decodeMessage } from "./codec/MessageCodec.ts"
import type { NodeId } from "./Configuration.ts"
import { describe } from "./Describe.ts"
import { Calls } from "./host/Calls.ts"
import { checkOptions, nodeDefaults, type NodeLimits, peerSettingsOf } from "./host/CheckOptions.ts"
import { GroupCommit } from "./host/GroupCommit.ts"
import { monotonicClock } from "./host/MonotonicClock.ts"
import { openNode } from "./host/OpenNode.ts"
import { performer } from "./host/Performer.ts"
import { questions } from "./host/Questions.ts"
import { Replica } from "./host/Replica.ts"
import type { ChainNode, NodeOptions, NodeStartError, NodeStatus } from "./Node.ts"
import { NodeStopped } from "./NodeErrors.ts"
import { start } from "./Start.ts"
import { status } from "./Status.ts"
import { chain } from "./Step.ts"

/** How long the log rests before it is written down how far it is synced, in milliseconds. */
const quietMs = 1000

/** A whole number from 1 to 2^53 - 1 that no two folders have. */
const incarnationOf = ([a, b]: NodeOptions<unknown>["entropy"]): number =>
  Math.max(1, (a >>> 11) * 0x1_0000_0000 + (b >>> 0))

/** Does what can wait until a log has been left alone for a while, and has it end well. */
const keepLog = Effect.fnUntraced(function* (log: RecordLog, failed: (error: { readonly message: string }) => void) {
  const wake = Latch.makeUnsafe(false)
  let through = 0
  const tidy = Effect.suspend(() => {
    Latch.closeUnsafe(wake)
    return Effect.andThen(log.forget(through), log.settle)
  })
  yield* Effect.addFinalizer(() => Effect.ignore(log.settle))
  yield* Latch.await(wake).pipe(
    Effect.andThen(Effect.sleep(quietMs)),
    Effect.andThen(tidy),
    Effect.forever,
    Effect.catch((error) => Effect.sync(() => failed(error))),
    Effect.forkScoped
  )
  return {
    written: () => Latch.openUnsafe(wake),
    forget: (counter: number) => {
      through = Math.max(through, counter)
      Latch.openUnsafe(wake)
    }
  }
})

/**
 * Starts a node of a cluster that agrees on one order of commands, and runs it until the scope closes.
 *
 * **When to use**
 *
 * For a state that a few nodes keep together, and that outlives the loss of any minority of them.
 *
 * **Details**
 *
 * The folder is made when the disk is empty, and held until the scope closes; that of another node or cluster is refused.
 * When the disk fails the node stops, for good: everything that waits, and comes, fails with `NodeStopped`, and so does
 * `join`. Starting it again finds out what is on the disk.
 *
 * **Example**
 *
 * ```ts
 * const node = yield* Chain.node({
 *   id: 1,
 *   clusterId: "shop",
 *   members: [1, 2, 3].map((id) => ({ id, role: "Voter", priority: 0, incarnation: 0 })),
 *   listen: { host: "0.0.0.0", port: 7001 },
 *   addresses: new Map([[2, { host: "b", port: 7001 }], [3, { host: "c", port: 7001 }]]),
 *   disk,
 *   network: TcpNetwork,
 *   application: KeyValues.application,
 *   entropy
 * })
 * const { answer } = yield* node.propose(KeyValues.command({ _tag: "Add", key: "visits", amount: 1 }))
 * ```
 */
const node = Effect.fnUntraced(function* <State>(
  options: NodeOptions<State>
): Effect.fn.Return<ChainNode<State>, NodeStartError, Scope.Scope> {
  const { disk, entropy, id, network } = options
  const limits: NodeLimits = { ...nodeDefaults, ...options }
  const settings: ChainSettings = { ...chainDefaults, ...options.settings, id }
  const invalid = checkOptions(options, settings, limits)
  if (invalid !== undefined) return yield* invalid
  const { diskTimeoutMs, maxCommandBytes, maxProposals, maxSessions, segmentBytes, timeoutMs } = limits
  const opened = yield* openNode(disk, { ...options, incarnation: incarnationOf(entropy), segmentBytes })
  const { durable, founders, log, snapshots } = opened
  const replica = new Replica(options.application, maxSessions)
  if (durable.snapshot !== undefined) {
    const wrong = replica.become(yield* snapshots.readAll(durable.snapshot))
    if (wrong !== undefined) return yield* wrong
  }

  const calls = new Calls()
  const published = yield* PubSub.sliding<NodeStatus>({ capacity: 1, replay: 1 })
  const state = start(settings, durable, entropy[2])
  let peers: Peers | undefined
  const statusNow = (): NodeStatus => ({
    ...status(state),
    stopped: calls.hasStopped,
    applied: replica.position,
    peers: peers?.status() ?? []
  })
  const changed = (): void => void PubSub.publishUnsafe(published, statusNow())

  const stopped = Deferred.makeUnsafe<never, NodeStopped>()
  let failure: unknown
  const stop = (detail: string, cause: unknown = failure): void => {
    const error = new NodeStopped({ node: id, detail, ...(cause === undefined ? {} : { cause }) })
    calls.stop(error)
    if (Deferred.doneUnsafe(stopped, Effect.fail(error))) changed()
  }
  const broken = (error: { readonly message: string }): void => {
    failure = error
    stop(error.message)
  }
  const keeper = yield* keepLog(log, broken)
  // What has begun on the disk ends before the folder is let go of, also when nobody waits for it any more.
  const begun = yield* Scope.fork(yield* Effect.scope)
  const toItsEnd = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.flatMap(Effect.forkIn(effect, begun), Fiber.join)
  const writes = new GroupCommit(log, durable, keeper.written, broken)
  // What runs is let go of as soon as the node has stopped, also when its scope stays open.
  const running = yield* Scope.fork(yield* Effect.scope)
  const clock = yield* monotonicClock
  const driver = yield* drive({
    machine: chain,
    state,
    tick: (now): ChainInput => ({ _tag: "Tick", now }),
    perform: performer({
      id,
      diskTimeoutMs,
      toItsEnd,
      calls,
      replica,
      writes,
      snapshots,
      broken,
      send: (to, frame) => peers?.send(to, frame),
      changed,
      forget: keeper.forget,
      stop
    })
  }).pipe(Effect.provideService(Clock.Clock, clock), Scope.provide(running))
  yield* Effect.addFinalizer(() => Effect.sync(() => stop(closed)))
  yield* Effect.forkScoped(Effect.catchCause(driver.join, (cause) => Effect.sync(() => stop(defect, cause))))

  const received = (from: NodeId, incarnation: number, frame: Uint8Array): Effect.Effect<void> => {
    const message = decodeMessage(frame)
    return Result.isFailure(message)
      ? Effect.logWarning(`What node ${from} sent is left out: ${message.failure.message}`)
      : driver.offer({ _tag: "Received", from, incarnation, message: message.success })
  }
  // Who has not learnt what it must not forget, welcomes nobody.
  const learnt = (heard: string): Effect.Effect<void> =>
    toItsEnd(opened.learnt(heard)).pipe(
      Effect.timeoutOrElse({
        duration: diskTimeoutMs,
        orElse: () => Effect.fail({ message: `the disk did not answer within ${diskTimeoutMs} ms` })
      }),
      Effect.catch((error) =>
        Effect.andThen(
          Effect.sync(() => broken(error)),
          Effect.never
        )
      )
    )
  peers = yield* openPeers({
    network,
    listen: options.listen,
    self: { clusterId: options.clusterId, id, incarnation: durable.incarnation, founders },
    learnt,
    advertised: options.addresses.get(id),
    addresses: options.addresses,
    onFrame: received,
    seed: entropy[2],
    settings: peerSettingsOf(options, settings, limits)
  }).pipe(Scope.provide(running))
  let joined = 0
  const join = Effect.suspend(() => {
    joined++
    return Effect.onInterrupt(Deferred.await(stopped), () => Effect.sync(() => joined--))
  })
  yield* Deferred.await(stopped).pipe(
    // Whoever has joined is told, and tells others.
    Effect.catch(({ detail, message }) => (detail === closed || joined > 0 ? Effect.void : Effect.logError(message))),
    Effect.andThen(Scope.close(running, Exit.void)),
    Effect.forkScoped
  )

  const asked = questions({
    id,
    calls,
    replica,
    clock,
    offer: driver.offer,
    timeoutMs,
    // By then a leader that was lost has a successor.
    attemptMs: 3 * settings.electionMs,
    maxCommandBytes,
    maxProposals,
    wrongWith: (members) => checkTarget(configurationOf(state), members)
  })
  const { address, place } = peers
  return {
    ...asked,
    id,
    address,
    place,
    incarnation: durable.incarnation,
    takeSnapshot: Effect.suspend(() =>
      calls.hasStopped ? Deferred.await(stopped) : driver.offer({ _tag: "TakeSnapshotNow" })
    ),
    status: statusNow,
    changes: Stream.takeUntil(Stream.fromPubSub(published), (now) => now.stopped),
    describe: () => describe(state),
    join
  }
})

const closed = "it was closed"
const defect = "it has met a defect of odradek, which is to be reported"

/** A cluster that agrees on one order of commands, by Chained Raft. */
export const Chain = { node }
