import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { makeMemoryDisk, type MemoryDisk } from "../../../adapters/memory/index.ts"
import { broker, startBroker } from "../../../core/broker/Broker.ts"
import { type BrokerConfig, defaultBrokerConfig } from "../../../core/broker/BrokerConfig.ts"
import type { BrokerInput, BrokerOutput } from "../../../core/broker/BrokerIo.ts"
import type { BrokerState } from "../../../core/broker/BrokerState.ts"
import type { AnyCall } from "../../../core/broker/Call.ts"
import { Calls } from "../../../core/broker/Calls.ts"
import { openImage } from "../../../core/broker/ImageFile.ts"
import { performer } from "../../../core/broker/Performer.ts"
import { encodeBatch, type NewRecord } from "../../../core/log/index.ts"
import type { Request } from "../../../core/machine/index.ts"
import type { Disk } from "../../../core/ports/index.ts"
import {
  type ApiName,
  apis,
  type Apis,
  decodeRequest,
  encodeRequest,
  encodeResponse
} from "../../../core/protocol/index.ts"
import { recover } from "../../../core/storage/index.ts"

/** What a call has come to: its reply's body, another end, or `undefined` while it waits. */
export type Outcome<Name extends ApiName> = Apis[Name]["response"]["Input"] | "NoReply" | "Close" | undefined

const valueOf = <A, E>(result: Result.Result<A, E>): A => {
  if (Result.isFailure(result)) throw result.failure
  return result.success
}

/** A record with texts, at a time that tests do not care about. */
export const record = (key: string | null, value: string, timestamp = 1_000): NewRecord => ({
  timestamp,
  key: key === null ? null : new TextEncoder().encode(key),
  value: new TextEncoder().encode(value),
  headers: []
})

/** A batch as a plain producer sends it. */
export const batchOf = (...values: ReadonlyArray<string>): Uint8Array =>
  encodeBatch(values.map((value) => record(value, value)))

/**
 * A broker without time, network or fibers: calls go in, the disk answers at once or when it is told to. Every reply is
 * encoded in the version of its request, which throws when it cannot be.
 */
export class BrokerBench {
  readonly disk: MemoryDisk
  readonly reports: Array<string> = []
  /** While true, what the disk is asked waits in `held`. */
  isHolding = false
  readonly held: Array<Request<BrokerInput>> = []
  state: BrokerState
  now = 1_000_000
  hasStopped = false
  readonly #outcomes = new Map<number, unknown>()
  readonly #versions = new Map<number, number>()
  readonly #perform: (output: BrokerOutput) => ReturnType<ReturnType<typeof performer>>
  #nextId = 1

  constructor(
    options: {
      readonly config?: Partial<BrokerConfig>
      readonly disk?: MemoryDisk
      readonly on?: (disk: MemoryDisk) => Disk
    } = {}
  ) {
    this.disk = options.disk ?? makeMemoryDisk()
    const disk = options.on?.(this.disk) ?? this.disk
    const config: BrokerConfig = { ...defaultBrokerConfig, clusterId: "test", ...options.config }
    const image = Effect.runSync(openImage(this.disk))
    const partitions = image.topics.flatMap(({ name, partitions: count }) =>
      Array.from({ length: count }, (_, partition) => {
        const place = { topic: name, partition }
        const log = Effect.runSync(Effect.result(recover(this.disk, place, { ...config, exists: true })))
        return { place, log: Result.isSuccess(log) ? log.success : undefined }
      })
    )
    this.state = startBroker({ config, image, partitions, now: this.now, seed: [1, 2, 3] })
    this.#perform = performer({
      disk,
      config,
      timeoutMs: 1000,
      calls: new Calls(),
      loaded: Deferred.makeUnsafe(),
      stopped: Deferred.makeUnsafe(),
      report: (message) => this.reports.push(message)
    })
    this.tick(0)
  }

  /** Lets time pass. */
  tick(ms: number): void {
    this.now += ms
    this.feed({ _tag: "Tick", now: this.now })
  }

  feed(input: BrokerInput): void {
    const inputs = [input]
    for (let next = inputs.shift(); next !== undefined; next = inputs.shift()) {
      const [state, outputs] = broker.step(this.state, next)
      this.state = state
      for (const output of outputs) inputs.push(...this.#carryOut(output))
    }
  }

  /** Lets the disk do the first thing that it was asked while it was held. */
  release(): void {
    const first = this.held.shift()
    if (first !== undefined) this.feed(Effect.runSync(first.run))
  }

  /** Cuts what was synced off a partition's log, as no crash does. */
  damage(folder: string): void {
    Effect.runSync(this.disk.truncate(`${folder}/${"0".repeat(20)}.log`, 1))
  }

  #carryOut(output: BrokerOutput): ReadonlyArray<BrokerInput> {
    if (output._tag === "Reply") {
      this.#outcomes.set(output.id, output.body)
      const header = { apiVersion: this.#versions.get(output.id) ?? 0, correlationId: output.id }
      valueOf(encodeResponse(apis[output.name] as Apis[ApiName], header, output.body as never))
    }
    if (output._tag === "NoReply" || output._tag === "Close") this.#outcomes.set(output.id, output._tag)
    if (output._tag === "Stopped") this.hasStopped = true
    const meaning = this.#perform(output)
    if (meaning._tag === "Answer") {
      meaning.run()
      return []
    }
    if (!this.isHolding) return [Effect.runSync(meaning.run)]
    this.held.push(meaning)
    return []
  }

  /** Sends a request, through the wire format of its version, and returns its number. */
  send<Name extends ApiName>(
    name: Name,
    version: number,
    body: Apis[Name]["request"]["Input"],
    clientId = "client"
  ): number {
    const id = this.#nextId++
    this.#versions.set(id, version)
    const header = { apiVersion: version, correlationId: id, clientId }
    const frame = valueOf(encodeRequest(apis[name] as Apis[ApiName], header, body as never))
    const request = valueOf(decodeRequest(frame.subarray(4)))
    const advertised = { host: "here", port: 9092 }
    const call = { id, name, version, clientId, clientHost: "/there", advertised, body: request.body }
    this.feed({ _tag: "Request", call: call as unknown as AnyCall })
    return id
  }

  /** What has become of a request. */
  outcome<Name extends ApiName>(_name: Name, id: number): Outcome<Name> {
    return this.#outcomes.get(id) as Outcome<Name>
  }

  /** Sends a request whose reply comes at once. */
  ask<Name extends ApiName>(
    name: Name,
    version: number,
    body: Apis[Name]["request"]["Input"],
    clientId?: string
  ): Apis[Name]["response"]["Input"] {
    const outcome = this.outcome(name, this.send(name, version, body, clientId))
    if (outcome === undefined || typeof outcome === "string") throw new Error(`${name} has ended as ${outcome}`)
    return outcome as Apis[Name]["response"]["Input"]
  }

  createTopic(name: string, partitions = 1, configs: Readonly<Record<string, string>> = {}): number {
    const settings = Object.entries(configs).map(([key, value]) => ({ name: key, value }))
    const topics = [{ name, numPartitions: partitions, replicationFactor: 1, configs: settings }]
    return this.ask("CreateTopics", 5, { topics, timeoutMs: 1000 }).topics[0]?.errorCode ?? -2
  }

  /** Sends one batch to one partition and returns what that partition answers. */
  produce(
    topic: string,
    records: Uint8Array | null,
    options: { readonly version?: number; readonly index?: number; readonly clientId?: string } = {}
  ) {
    const { clientId, index = 0, version = 9 } = options
    const topicData = [{ name: topic, partitionData: [{ index, records }] }]
    const answer = this.ask("Produce", version, { acks: -1, timeoutMs: 1000, topicData }, clientId)
    return answer.responses[0]?.partitionResponses[0]
  }

  /** Sends a fetch of one partition. */
  fetch(
    topic: string,
    fetchOffset: number,
    options: {
      readonly maxWaitMs?: number
      readonly minBytes?: number
      readonly maxBytes?: number
      readonly index?: number
      readonly version?: number
    } = {}
  ): number {
    const { index = 0, maxBytes = 1_000_000, maxWaitMs = 0, minBytes = 1, version = 11 } = options
    const partitions = [{ partition: index, fetchOffset, partitionMaxBytes: maxBytes }]
    return this.send("Fetch", version, { maxWaitMs, minBytes, maxBytes, topics: [{ topic, partitions }] })
  }

  /** What one partition answered to a fetch. */
  fetched(id: number) {
    const outcome = this.outcome("Fetch", id)
    return outcome === undefined || typeof outcome === "string" ? undefined : outcome.responses[0]?.partitions[0]
  }
}
