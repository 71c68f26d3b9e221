import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type { TopicPartition } from "../log/index.ts"
import { drive } from "../machine/index.ts"
import type { Address, Connection, Disk, DiskError, Network, NetworkError } from "../ports/index.ts"
import { defaultMaxFrameSize } from "../protocol/index.ts"
import { type DataFolderRefused, describeCut, type LogCut, openDataFolder, recover } from "../storage/index.ts"
import { broker, startBroker } from "./Broker.ts"
import type { BrokerConfig } from "./BrokerConfig.ts"
import type { BrokerImage, ImageDamaged } from "./BrokerImage.ts"
import type { BrokerInput, BrokerOutput } from "./BrokerIo.ts"
import type { FoundPartition } from "./BrokerState.ts"
import { Calls } from "./Calls.ts"
import { openImage } from "./ImageFile.ts"
import { performer } from "./Performer.ts"
import { serveConnection } from "./Session.ts"

/**
 * What a broker is started with; times are in milliseconds, sizes in bytes.
 *
 * **Details**
 *
 * `config.clusterId` is for a new data folder; one that has an id keeps it. `advertised` is what clients are told as the
 * broker's address; if absent, each is told the address that it has reached, or `localhost` where that is listened on.
 * `seed` must differ from start to start. `maxBytesInHand` bounds the requests that are being handled, over all
 * connections; a connection above `maxConnections` is closed at once. `diskTimeoutMs` bounds every disk operation: a
 * partition whose disk takes longer goes offline. `recovering` is told, while the partitions are opened, how far that is.
 */
export interface BrokerOptions {
  readonly config: BrokerConfig
  readonly disk: Disk
  readonly network: Network
  readonly listen: Address
  readonly advertised?: Address | undefined
  readonly seed: readonly [number, number, number]
  readonly maxFrameSize?: number
  readonly maxBytesInHand?: number
  readonly maxConnections?: number
  readonly idleTimeoutMs?: number
  readonly diskTimeoutMs?: number
  readonly stopTimeoutMs?: number
  readonly recovering?: ((progress: RecoveryProgress) => void) | undefined
}

/** How many of a broker's partitions are open, and how many segments they have. */
export interface RecoveryProgress {
  readonly partitions: number
  readonly of: number
  readonly segments: number
}

/** A broker that is being served. `join` never succeeds: it fails with the defect that has stopped the broker. */
export interface RunningBroker {
  readonly address: Address
  readonly clusterId: string
  readonly join: Effect.Effect<never>
}

/** Why a broker does not start. */
export type BrokerStartError = DiskError | DataFolderRefused | ImageDamaged | NetworkError

/** Partitions that are opened at the same time. */
const parallelRecoveries = 8

const defaults = {
  maxFrameSize: defaultMaxFrameSize,
  maxBytesInHand: 256 * 1024 * 1024,
  maxConnections: 10_000,
  idleTimeoutMs: 600_000,
  diskTimeoutMs: 60_000,
  stopTimeoutMs: 10_000
}

/**
 * Starts a broker over a disk and a network, and serves it until the scope closes.
 *
 * **Details**
 *
 * It holds the data folder for itself, opens every partition, reads the committed offsets and only then listens. A
 * partition whose files are damaged stays offline, which is logged with a sentence that says what to do; the others are
 * served. What a crash has left at the end of a log and is cut off is logged too: as a warning when it is damaged, as
 * information when it is only an incomplete batch. When the scope closes it stops listening, drops what is in hand, and syncs every log, within `stopTimeoutMs`.
 */
export const start = Effect.fnUntraced(function* (
  options: BrokerOptions
): Effect.fn.Return<RunningBroker, BrokerStartError, Scope.Scope> {
  const { disk, listen, network } = options
  const settings = { ...defaults, ...options }
  const { clusterId } = yield* openDataFolder(disk, options.config.clusterId)
  const config: BrokerConfig = { ...options.config, clusterId }
  const image = yield* openImage(disk)
  const partitions = yield* openPartitions(disk, placesOf(image), config, options.recovering)
  const now = yield* Clock.currentTimeMillis

  const calls = new Calls()
  const loaded = yield* Deferred.make<void>()
  const stopped = yield* Deferred.make<void>()
  const report = yield* reporter
  const driver = yield* drive<ReturnType<typeof startBroker>, BrokerInput, BrokerOutput>({
    machine: broker,
    state: startBroker({ config, image, partitions, now, seed: options.seed }),
    tick: (at) => ({ _tag: "Tick", now: at }),
    perform: performer({ disk, config, timeoutMs: settings.diskTimeoutMs, calls, loaded, stopped, report })
  })
  const watched = Effect.tapCause(driver.join, (cause) =>
    Cause.hasInterruptsOnly(cause) ? Effect.void : Effect.logFatal("The broker has stopped: restart it.", cause)
  )
  yield* Effect.forkScoped(Effect.ensuring(watched, calls.closeAll))
  yield* Effect.raceFirst(Deferred.await(loaded), driver.join)
  const lateStop = `the disk took longer than ${settings.stopTimeoutMs} ms`
  yield* Effect.addFinalizer(() =>
    Effect.andThen(driver.offer({ _tag: "Stop" }), Effect.raceFirst(Deferred.await(stopped), driver.join)).pipe(
      Effect.timeoutOrElse({
        duration: settings.stopTimeoutMs,
        orElse: () => Effect.logError(`The broker has stopped before every log was synced: ${lateStop}.`)
      }),
      Effect.catchCause(() => Effect.void)
    )
  )

  const bytesInHand = yield* Semaphore.make(settings.maxBytesInHand)
  const hub = calls.hub(driver.offer)
  const advertised = ({ local }: Connection): Address =>
    options.advertised ?? (listen.host === "localhost" ? { host: listen.host, port: local.port } : local)
  const full = `A connection is closed: there are ${settings.maxConnections} already.`
  const places = yield* Semaphore.make(settings.maxConnections)
  const address = yield* network.listen(listen, (connection) =>
    Semaphore.withPermitsIfAvailable(
      places,
      1
    )(serveConnection(connection, { ...settings, hub, advertised, bytesInHand })).pipe(
      Effect.tap((served) => (Option.isNone(served) ? Effect.logDebug(full) : Effect.void))
    )
  )
  return { address, clusterId, join: driver.join }
})

const placesOf = (image: BrokerImage): ReadonlyArray<TopicPartition> =>
  image.topics.flatMap(({ name, partitions }) =>
    Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition }))
  )

const openPartitions = (
  disk: Disk,
  places: ReadonlyArray<TopicPartition>,
  config: BrokerConfig,
  recovering: BrokerOptions["recovering"]
) => {
  let [partitions, segments] = [0, 0]
  const opened = ({ log }: FoundPartition): void => {
    segments += log?.segments.length ?? 0
    recovering?.({ partitions: ++partitions, of: places.length, segments })
  }
  return Effect.forEach(
    places,
    (place) => Effect.tap(openPartition(disk, place, config), (found) => Effect.sync(() => opened(found))),
    { concurrency: parallelRecoveries }
  )
}

/** Opens one partition of a topic that is listed, whose folder was there before; one that cannot be is reported and left out. */
const openPartition = (disk: Disk, place: TopicPartition, { maxProducers }: BrokerConfig) =>
  recover(disk, place, { maxProducers, exists: true }).pipe(
    Effect.tap(({ cut }) => (cut === undefined ? Effect.void : logCut(cut))),
    Effect.map((log): FoundPartition => ({ place, log })),
    Effect.catch((error) => Effect.as(Effect.logError(error.message), { place, log: undefined }))
  )

const logCut = (cut: LogCut): Effect.Effect<void> =>
  cut.reason === "Torn" ? Effect.logInfo(describeCut(cut)) : Effect.logWarning(describeCut(cut))

/** A way to log from code that is no effect. */
const reporter: Effect.Effect<(message: string) => void> = Effect.map(Effect.context<never>(), (context) => {
  const fork = Effect.runForkWith(context)
  return (message) => {
    fork(Effect.logError(message))
  }
})
