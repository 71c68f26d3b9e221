import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import { encodeBatch, type NewRecord, placeBatch, readBatchHeader } from "../../../core/log/index.ts"
import type { Address, Connection, Network } from "../../../core/ports/index.ts"
import {
  advertisedApis,
  type ApiVersions,
  apis,
  decodeRequest,
  encodeResponse,
  ErrorCode,
  type Fetch,
  FrameSplitter,
  type InitProducerId,
  type ListOffsets,
  type Metadata,
  type Produce,
  type Request
} from "../../../core/protocol/index.ts"

/** What a script does with a request: answer it by itself, or in part only, end the connection, or never answer. */
export type Scripted =
  | { readonly _tag: "Frame"; readonly frame: Uint8Array }
  | { readonly _tag: "Body"; readonly body: unknown }
  | { readonly _tag: "Cut"; readonly start: Uint8Array }
  | { readonly _tag: "Close" }
  | { readonly _tag: "Silence" }

/** A request as the broker has seen it, and on which of its connections (from 1). */
export interface Seen {
  readonly connection: number
  readonly request: Request
}

interface Log {
  readonly batches: Array<Uint8Array>
  start: number
  end: number
}

export interface ScriptedBrokerOptions {
  readonly network: Network
  readonly address?: Address
  /** Number of partitions by topic. */
  readonly topics: Readonly<Record<string, number>>
  /** Looks at each request first; `undefined` lets the broker do what a broker does. */
  readonly script?: (seen: Seen) => Scripted | undefined
}

type FetchedPartition = (typeof Fetch)["response"]["Input"]["responses"][number]["partitions"][number]

/**
 * A peer on the wire with the manners of a Kafka broker: one request of a connection after the other, long polls,
 * record batches as bytes. Single node, no groups.
 */
export class ScriptedBroker {
  readonly seen: Array<Seen> = []
  readonly topics: Record<string, number>
  /** Replaces what `Metadata` says of the leader's address. */
  advertised: Address | undefined
  script: ((seen: Seen) => Scripted | undefined) | undefined
  address: Address = { host: "", port: 0 }
  connections = 0
  open = 0
  readonly #network: Network
  readonly #logs = new Map<string, Log>()
  readonly #waiting = new Set<() => void>()
  #scope: Scope.Closeable | undefined

  constructor(options: ScriptedBrokerOptions) {
    this.#network = options.network
    this.address = options.address ?? { host: "127.0.0.1", port: 0 }
    this.topics = { ...options.topics }
    this.script = options.script
  }

  static start = (options: ScriptedBrokerOptions) =>
    Effect.acquireRelease(
      Effect.suspend(() => {
        const broker = new ScriptedBroker(options)
        return Effect.as(broker.listen, broker)
      }),
      (broker) => broker.stop
    )

  listen: Effect.Effect<void> = Effect.suspend(() => {
    const scope = Scope.makeUnsafe()
    this.#scope = scope
    return Scope.provide(
      Effect.orDie(this.#network.listen(this.address, (connection) => this.#serve(connection))),
      scope
    ).pipe(
      Effect.map((address) => {
        this.address = address
      })
    )
  })

  stop: Effect.Effect<void> = Effect.suspend(() => {
    const scope = this.#scope
    this.#scope = undefined
    return scope === undefined ? Effect.void : Scope.close(scope, Exit.void)
  })

  #log(topic: string, partition: number): Log | undefined {
    const count = this.topics[topic]
    if (count === undefined || partition >= count) return undefined
    const key = `${topic}-${partition}`
    const known = this.#logs.get(key)
    if (known !== undefined) return known
    const log: Log = { batches: [], start: 0, end: 0 }
    this.#logs.set(key, log)
    return log
  }

  /** Puts a batch at the end of a partition and gives the offset of its first record. */
  append(topic: string, partition: number, batch: Uint8Array): number {
    const log = this.#log(topic, partition)
    if (log === undefined) throw new Error(`there is no ${topic}-${partition}`)
    const bytes = batch.slice()
    const header = placeBatch(Result.getOrThrow(readBatchHeader(bytes)), log.end, 0)
    const base = log.end
    log.batches.push(bytes)
    log.end = header.lastOffset + 1
    for (const wake of [...this.#waiting]) wake()
    return base
  }

  /** Appends one batch of records with these texts for values. */
  appendTexts(topic: string, partition: number, texts: ReadonlyArray<string>): number {
    const record = (text: string): NewRecord => ({ timestamp: 1, key: null, value: Buffer.from(text), headers: [] })
    return this.append(topic, partition, encodeBatch(texts.map(record)))
  }

  /** Forgets the records below an offset, as retention does. */
  trim(topic: string, partition: number, start: number): void {
    const log = this.#log(topic, partition)
    if (log !== undefined) log.start = start
  }

  count(name: Request["name"]): number {
    return this.seen.filter(({ request }) => request.name === name).length
  }

  #serve(connection: Connection): Effect.Effect<void> {
    const number = ++this.connections
    const splitter = new FrameSplitter()
    this.open++
    const run = Effect.fnUntraced({ self: this }, function* () {
      while (true) {
        const chunk = yield* connection.read
        if (chunk === undefined) return
        for (const frame of splitter.push(chunk).frames) {
          const request = Result.getOrThrow(decodeRequest(frame))
          const seen = { connection: number, request }
          this.seen.push(seen)
          const scripted = this.script?.(seen)
          if (scripted?._tag === "Close") return
          if (scripted?._tag === "Silence") continue
          if (scripted?._tag === "Cut") return yield* connection.write([scripted.start])
          if (scripted?._tag === "Frame") {
            yield* connection.write([scripted.frame])
            continue
          }
          const body = scripted?._tag === "Body" ? scripted.body : yield* this.#answer(request)
          const message = apis[request.name]
          const response = encodeResponse(message, request.header, body as never)
          yield* connection.write([Result.getOrThrow(response)])
        }
      }
    })
    return Effect.ensuring(
      Effect.ignore(run()),
      Effect.sync(() => {
        this.open--
      })
    )
  }

  #answer(request: Request): Effect.Effect<unknown> {
    switch (request.name) {
      case "ApiVersions":
        return Effect.succeed({
          errorCode: 0,
          apiKeys: advertisedApis
        } satisfies (typeof ApiVersions)["response"]["Input"])
      case "Metadata":
        return Effect.succeed(this.#metadata(request.body.topics))
      case "ListOffsets":
        return Effect.succeed(this.#offsets(request.body))
      case "Fetch":
        return this.#fetch(request.body)
      case "InitProducerId":
        return Effect.succeed({
          errorCode: 0,
          producerId: 7,
          producerEpoch: 0
        } satisfies (typeof InitProducerId)["response"]["Input"])
      case "Produce":
        return Effect.succeed(this.#produce(request.body))
      default:
        return Effect.die(new Error(`the scripted broker does not know ${request.name}`))
    }
  }

  #metadata(asked: (typeof Metadata)["request"]["Type"]["topics"]): (typeof Metadata)["response"]["Input"] {
    const names = asked === null ? Object.keys(this.topics) : asked.map(({ name }) => name ?? "")
    const { host, port } = this.advertised ?? this.address
    return {
      brokers: [{ nodeId: 1, host, port }],
      controllerId: 1,
      topics: names.map((name) => {
        const count = this.topics[name]
        return {
          errorCode: count === undefined ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : 0,
          name,
          partitions: Array.from({ length: count ?? 0 }, (_, partitionIndex) => ({
            errorCode: 0,
            partitionIndex,
            leaderId: 1,
            replicaNodes: [1],
            isrNodes: [1]
          }))
        }
      })
    }
  }

  #offsets(body: (typeof ListOffsets)["request"]["Type"]): (typeof ListOffsets)["response"]["Input"] {
    return {
      topics: body.topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex, timestamp }) => {
          const log = this.#log(name, partitionIndex)
          if (log === undefined) return { partitionIndex, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }
          return { partitionIndex, errorCode: 0, offset: timestamp === -2 ? log.start : log.end }
        })
      }))
    }
  }

  #produce(body: (typeof Produce)["request"]["Type"]): (typeof Produce)["response"]["Input"] {
    return {
      responses: body.topicData.map(({ name, partitionData }) => ({
        name,
        partitionResponses: partitionData.map(({ index, records }) => ({
          index,
          errorCode: 0,
          baseOffset: this.append(name, index, records ?? new Uint8Array(0))
        }))
      }))
    }
  }

  #fetchOnce(body: (typeof Fetch)["request"]["Type"]): {
    readonly bytes: number
    readonly response: (typeof Fetch)["response"]["Input"]
  } {
    let bytes = 0
    let failed = false
    const partitionOf = (topic: string, partitionIndex: number, offset: number, max: number): FetchedPartition => {
      const log = this.#log(topic, partitionIndex)
      const none = { partitionIndex, highWatermark: -1, records: null }
      if (log === undefined || offset < log.start || offset > log.end) {
        failed = true
        const errorCode = log === undefined ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.OFFSET_OUT_OF_RANGE
        return { ...none, errorCode }
      }
      const parts: Array<Uint8Array> = []
      let size = 0
      for (const batch of log.batches) {
        if (Result.getOrThrow(readBatchHeader(batch)).lastOffset < offset) continue
        const tooMuch = size + batch.length > max || bytes + batch.length > body.maxBytes
        if (tooMuch && bytes > 0) break
        parts.push(batch)
        size += batch.length
        bytes += batch.length
      }
      const { end, start } = log
      const records = Buffer.concat(parts)
      return { partitionIndex, errorCode: 0, highWatermark: end, lastStableOffset: end, logStartOffset: start, records }
    }
    const responses = body.topics.map(({ partitions, topic }) => ({
      topic,
      partitions: partitions.map((each) => partitionOf(topic, each.partition, each.fetchOffset, each.partitionMaxBytes))
    }))
    return { bytes: failed ? 1 : bytes, response: { responses } }
  }

  #fetch(body: (typeof Fetch)["request"]["Type"]): Effect.Effect<unknown> {
    const appended = Effect.callback<void>((resume) => {
      const wake = () => resume(Effect.void)
      this.#waiting.add(wake)
      return Effect.sync(() => this.#waiting.delete(wake))
    })
    const attempt: Effect.Effect<unknown> = Effect.suspend(() => {
      const { bytes, response } = this.#fetchOnce(body)
      return bytes >= body.minBytes ? Effect.succeed(response) : Effect.andThen(appended, attempt)
    })
    return Effect.suspend(() => {
      const { bytes, response } = this.#fetchOnce(body)
      if (bytes >= body.minBytes || body.maxWaitMs === 0) return Effect.succeed(response)
      return Effect.map(Effect.timeoutOption(attempt, body.maxWaitMs), (late) =>
        late._tag === "Some" ? late.value : this.#fetchOnce(body).response
      )
    })
  }
}
