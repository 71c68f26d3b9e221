import { randomBytes, randomUUID } from "node:crypto"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { decompress } from "../../adapters/compression/index.ts"
import { makeFileDisk } from "../../adapters/file/index.ts"
import { TcpNetwork } from "../../adapters/tcp/index.ts"
import {
  type BrokerStartError,
  defaultBrokerConfig,
  defaultGroupConfig,
  type FsyncPolicy,
  maxTopicPartitions,
  type RecoveryProgress,
  start as startBroker
} from "../../core/broker/index.ts"
import type { Address } from "../../core/ports/index.ts"
import { type BrokerOptionInvalid, refusedOption, wrongBrokerOptions } from "./CheckBrokerOptions.ts"

/**
 * How a broker is started; whatever is absent has the value in brackets.
 *
 * **Details**
 *
 * - `listen`: `host:port`, port 0 for a free one (`127.0.0.1:0`); `localhost` listens on both address families
 * - `advertise`: what clients are told as the broker's `host:port` (the address that each has reached)
 * - `data`: the folder for everything that is to outlive the process (none: all is kept in memory)
 * - `fsync`: when an append counts as written, `none`, `interval` or `always` (`interval`)
 * - `fsyncIntervalMs`: how much of a power cut's past may be lost with `interval`, in milliseconds (1000)
 * - `defaultPartitions`: partitions of a topic that says nothing else (1)
 * - `autoCreateTopics`: whether topics appear when they are asked for (true)
 * - `groupInitialRebalanceDelayMs`: how long a new group waits for more members, in milliseconds (0)
 * - `groupMinSessionTimeoutMs`: the shortest session that a member may ask for, in milliseconds (100)
 * - `nodeId`: the broker's id (1)
 * - `recovering`: is told how far the opening of the log is (nobody)
 */
export interface BrokerOptions {
  readonly listen?: string | undefined
  readonly advertise?: string | undefined
  readonly data?: string | undefined
  readonly fsync?: FsyncPolicy | undefined
  readonly fsyncIntervalMs?: number | undefined
  readonly defaultPartitions?: number | undefined
  readonly autoCreateTopics?: boolean | undefined
  readonly groupInitialRebalanceDelayMs?: number | undefined
  readonly groupMinSessionTimeoutMs?: number | undefined
  readonly nodeId?: number | undefined
  readonly recovering?: ((progress: RecoveryProgress) => void) | undefined
}

/**
 * A broker that is being served: `address` is `host:port`, as clients want it. `join` never succeeds: it fails with the
 * defect that has stopped the broker.
 */
export interface Broker {
  readonly address: string
  readonly host: string
  readonly port: number
  readonly clusterId: string
  readonly join: Effect.Effect<never>
}

const parseAddress = (option: string, value: string): Effect.Effect<Address, BrokerOptionInvalid> => {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:\s]+)):(\d{1,5})$/.exec(value)
  const port = Number(match?.[3])
  return match !== null && port <= 65_535
    ? Effect.succeed({ host: match[1] ?? match[2] ?? "", port })
    : Effect.fail(refusedOption(option, value, "host:port, such as 127.0.0.1:9092"))
}

/** The longest that a timer can wait, in milliseconds, and the greatest id of a broker. */
const int32Max = 0x7fff_ffff

const wholeNumber = (
  option: string,
  value: number,
  min: number,
  max: number
): Effect.Effect<void, BrokerOptionInvalid> =>
  Number.isSafeInteger(value) && value >= min && value <= max
    ? Effect.void
    : Effect.fail(refusedOption(option, value, `a whole number from ${min} to ${max}`))

const addressText = ({ host, port }: Address): string => (host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`)

/** Loaded only for a broker that keeps nothing. */
const memoryDisk = Effect.map(
  Effect.promise(() => import("../../adapters/memory/index.ts")),
  ({ makeMemoryDisk }) => makeMemoryDisk()
)

/** Three unpredictable 32-bit numbers. */
const seed = (): readonly [number, number, number] => {
  const bytes = randomBytes(12)
  return [bytes.readInt32BE(0), bytes.readInt32BE(4), bytes.readInt32BE(8)]
}

/**
 * Starts a Kafka-compatible broker in this process and serves it until the scope closes.
 *
 * **When to use**
 *
 * In tests and in development, and wherever one machine is enough: unchanged Kafka clients can use it at once.
 *
 * **Details**
 *
 * With `data` one process at a time may hold the folder. When the scope closes, everything is synced before the folder is
 * released.
 *
 * **Example**
 *
 * ```ts
 * const program = Effect.gen(function* () {
 *   const broker = yield* Broker.start({ data: "./kafka", fsync: "always" })
 *   yield* Effect.log(`Kafka clients find a broker at ${broker.address}`)
 *   yield* Effect.never
 * })
 * ```
 */
const start = Effect.fnUntraced(function* (
  options: BrokerOptions = {}
): Effect.fn.Return<Broker, BrokerStartError | BrokerOptionInvalid, Scope> {
  const wrong = wrongBrokerOptions(options)
  if (wrong !== undefined) return yield* wrong
  const listen = yield* parseAddress("listen", options.listen ?? "127.0.0.1:0")
  const advertised = options.advertise === undefined ? undefined : yield* parseAddress("advertise", options.advertise)
  const config = {
    ...defaultBrokerConfig,
    clusterId: randomUUID(),
    decompress,
    fsync: options.fsync ?? "interval",
    fsyncIntervalMs: options.fsyncIntervalMs ?? defaultBrokerConfig.fsyncIntervalMs,
    defaultPartitions: options.defaultPartitions ?? defaultBrokerConfig.defaultPartitions,
    autoCreateTopics: options.autoCreateTopics ?? defaultBrokerConfig.autoCreateTopics,
    nodeId: options.nodeId ?? defaultBrokerConfig.nodeId,
    group: {
      ...defaultGroupConfig,
      initialRebalanceDelayMs: options.groupInitialRebalanceDelayMs ?? defaultGroupConfig.initialRebalanceDelayMs,
      minSessionTimeoutMs: options.groupMinSessionTimeoutMs ?? defaultGroupConfig.minSessionTimeoutMs
    }
  }
  const { initialRebalanceDelayMs, maxSessionTimeoutMs, minSessionTimeoutMs } = config.group
  yield* wholeNumber("defaultPartitions", config.defaultPartitions, 1, maxTopicPartitions)
  yield* wholeNumber("fsyncIntervalMs", config.fsyncIntervalMs, 1, int32Max)
  yield* wholeNumber("nodeId", config.nodeId, 0, int32Max)
  yield* wholeNumber("groupInitialRebalanceDelayMs", initialRebalanceDelayMs, 0, int32Max)
  yield* wholeNumber("groupMinSessionTimeoutMs", minSessionTimeoutMs, 1, maxSessionTimeoutMs)
  const { data } = options
  const disk = data === undefined ? yield* memoryDisk : yield* makeFileDisk({ root: data })
  const { address, clusterId, join } = yield* startBroker({
    config,
    disk,
    network: TcpNetwork,
    listen,
    advertised,
    seed: seed(),
    recovering: options.recovering
  }).pipe(Effect.catchTag("DataFolderRefused", (error) => Effect.fail(data === undefined ? error : error.at(data))))
  return { ...address, address: addressText(address), clusterId, join }
})

export const Broker = { start }
