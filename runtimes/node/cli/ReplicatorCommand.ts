import { hostname } from "node:os"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import { replicate } from "../../../core/journal/index.ts"
import type { Replicator, ReplicatorEvent, ReplicatorOptions } from "../../../core/journal/index.ts"
import { exportMetrics } from "../MetricsExport.ts"
import { serveMetrics } from "../MetricsServer.ts"
import { openGroup } from "../OpenGroup.ts"
import { openLog } from "../OpenLog.ts"
import { keptStoreAddresses, openStore } from "../OpenStore.ts"
import { shownAddress } from "../ShownAddress.ts"
import { clusterOf } from "./Cluster.ts"
import type { replicatorSettings, SettingsOf } from "./CommandSettings.ts"
import { sayOut } from "./Output.ts"
import { makeRate, withProgress } from "./Progress.ts"
import { replicatorLines } from "./replicator/ReplicatorLines.ts"
import { untilSignal } from "./Signals.ts"
import { UseError } from "./UseError.ts"
import { packageVersion } from "./Version.ts"

/**
 * A replicator that is stopped when the scope closes.
 *
 * **Details**
 *
 * It has a scope of its own, so that it can finish its batches before what it runs on is taken away.
 */
const replicating = (options: ReplicatorOptions): Effect.Effect<Replicator, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      return { scope, replicator: yield* Scope.provide(replicate(options), scope) }
    }),
    ({ replicator, scope }, exit) => Effect.ensuring(replicator.stop, Scope.close(scope, exit))
  ).pipe(Effect.map(({ replicator }) => replicator))

/** How often partitions that waited are looked at, in milliseconds. */
const lookMs = 1000

const write = (lines: ReadonlyArray<string>): void => {
  if (lines.length > 0) process.stdout.write(lines.map((line) => `${line}\n`).join(""))
}

/** What `odradek replicator` is told beside its settings. */
export interface ReplicatorInput {
  readonly requestsAtOnce: number | undefined
  readonly json: boolean
  readonly quiet: boolean
}

/** Copies topics to a store until a signal comes; the batches in hand are finished first. */
export const runReplicator = Effect.fnUntraced(function* (
  settings: SettingsOf<typeof replicatorSettings>,
  { json, quiet, requestsAtOnce }: ReplicatorInput
) {
  const { group: groupId, metrics, otlp, store: address, topics } = settings
  if (topics === undefined) {
    return yield* new UseError({ message: "The replicator has nothing to copy: name topics with --topics T[,T2]." })
  }
  if (address === undefined) {
    return yield* new UseError({
      message: `The replicator has nowhere to copy to: give --store ${keptStoreAddresses}.`
    })
  }
  if (requestsAtOnce !== undefined && !(requestsAtOnce >= 1)) {
    const message = `--requests-at-once is ${requestsAtOnce}: give a whole number from 1.`
    return yield* new UseError({ message })
  }
  const cluster = yield* clusterOf(settings)
  const lags = new Map<string, number>()
  const lines = replicatorLines()
  let records = 0
  const onEvent = (event: ReplicatorEvent): void => {
    if (json) write(lines.happened(event))
    const name = `${event.topic}-${event.partition}`
    if (event._tag === "Released") lags.delete(name)
    if (event._tag !== "Replicated") return
    records += event.records
    lags.set(name, Math.max(event.logEnd - event.nextOffset, 0))
  }
  const copy = Effect.gen(function* () {
    const clientId = `replicator-${hostname()}`
    let replicator: Pick<Replicator, "status" | "waiting"> = { status: () => [], waiting: () => undefined }
    const url =
      metrics === undefined ? undefined : yield* serveMetrics({ listen: metrics, replicator: () => replicator })
    yield* exportMetrics({
      ...(otlp === undefined ? {} : { endpoint: otlp }),
      environment: process.env,
      service: { name: "odradek-replicator", version: packageVersion() }
    })
    const log = yield* openLog({ ...cluster, clientId })
    const store = yield* openStore(address)
    yield* log.topics
    const group = groupId === undefined ? {} : { group: yield* openGroup({ ...cluster, groupId, clientId }) }
    if (url !== undefined) yield* Effect.logInfo(`Metrics are at ${url}/metrics, and health at ${url}/health.`)
    const bounded = requestsAtOnce === undefined ? {} : { requestsAtOnce }
    yield* sayOut("ready")
    const running = yield* replicating({
      log,
      store,
      storeName: shownAddress(address),
      topics,
      onEvent,
      ...group,
      ...bounded
    })
    replicator = running
    const tellWhatGoesOn = Effect.sync(() => write(lines.goesOn(running.status())))
    const telling = Effect.forever(Effect.andThen(Effect.sleep(lookMs), tellWhatGoesOn))
    return yield* json ? Effect.raceFirst(running.join, telling) : running.join
  })
  yield* withProgress({ silent: json || quiet }, (doing) => {
    const rate = makeRate()
    doing(() => {
      const lag = [...lags.values()].reduce((sum, each) => sum + each, 0)
      return `${records} records replicated, ${rate(records)}, ${lag} behind`
    })
    return Effect.raceFirst(Effect.scoped(copy), untilSignal)
  })
})
