import { randomUUID } from "node:crypto"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { utf8Length } from "../../../core/bytes/index.ts"
import {
  encodeKafkaEvent,
  eventRecordBytes,
  eventSourceMapping,
  isIdle,
  readBatchResponse,
  startMapping
} from "../../../core/lambda/index.ts"
import type { MappingConfig, MappingInput, MappingOutput, MappingState } from "../../../core/lambda/index.ts"
import { topicPartitionName } from "../../../core/log/index.ts"
import type { TopicPartition } from "../../../core/log/index.ts"
import { answer, drive, request } from "../../../core/machine/index.ts"
import type { Driver } from "../../../core/machine/index.ts"
import type { CommitLog, CommitLogError } from "../../../core/ports/index.ts"
import type { Destination } from "./Destination.ts"
import type { InvocationFailure, InvocationOutcome, MappingEvent } from "./MappingEvent.ts"
import type { Sandbox, SandboxAnswer } from "./Sandbox.ts"
import type { SandboxFailure } from "./SandboxFailure.ts"

/**
 * What a poller needs. `config` is that of the whole mapping, with a `payloadBytes` that events never go beyond; `commit` is told how far a partition is done.
 */
export interface PollerOptions {
  readonly number: number
  readonly config: MappingConfig
  readonly topics: ReadonlyArray<string>
  readonly bootstrapServers: ReadonlyArray<string>
  readonly functionName: string
  readonly log: Pick<CommitLog, "read">
  readonly sandbox: Sandbox
  readonly destination: Destination | undefined
  readonly commit: (done: TopicPartition & { readonly offset: number }) => void
  readonly happened: (event: MappingEvent) => void
}

/** A poller that runs until its scope closes. `join` fails with the defect that has ended it. */
export interface Poller {
  readonly feed: (input: MappingInput) => Effect.Effect<void>
  readonly state: () => MappingState
  /** Begins nothing more, and waits for what is under way. */
  readonly stop: Effect.Effect<void>
  readonly join: Effect.Effect<never>
}

const pageBytes = 1024 * 1024
const pollMs = 500
const readDeadlineMs = 60_000
const putDeadlineMs = 60_000
const lookMs = 20

type Poll = Extract<MappingOutput, { readonly _tag: "Poll" }>
type Invoke = Extract<MappingOutput, { readonly _tag: "Invoke" }>
type GiveUp = Extract<MappingOutput, { readonly _tag: "GiveUp" }>

/** At most so many bytes of an event are not those of its records: what is around them, and each partition's name. */
const aroundBytes = ({ bootstrapServers, config, topics }: PollerOptions): number => {
  const empty = encodeKafkaEvent({ source: "SelfManagedKafka", arn: undefined, bootstrapServers, partitions: [] })
  const longest = Math.max(...topics.map(({ length }) => length))
  return utf8Length(JSON.stringify(empty)) + config.batchSize * (longest + '"-0123456789":[],'.length)
}

const failed = (reason: InvocationFailure, message: string): InvocationOutcome => ({ _tag: "Failed", reason, message })

/** How an invocation has ended, as the function and its sandbox tell it. */
const outcomeOf = (
  { partitions }: Invoke,
  { functionTimeoutMs, reportBatchItemFailures }: MappingConfig,
  ended: SandboxAnswer | SandboxFailure,
  isKilled: boolean
): InvocationOutcome => {
  if (isKilled) return failed("TimedOut", `The function was killed: it may take ${functionTimeoutMs / 1000} s.`)
  switch (ended._tag) {
    case "SandboxFailure":
      return failed(ended.reason === "Exited" ? "Exited" : "NotLoaded", ended.message)
    case "Threw":
      return failed("Threw", `The function has thrown ${ended.message}`)
    case "Unreadable":
      return failed("Answer", `The answer cannot be used: it is no JSON (${ended.message}).`)
    case "Returned": {
      if (!reportBatchItemFailures) return { _tag: "Done" }
      const verdict = readBatchResponse(answerOf(ended), partitions)
      return verdict._tag === "Failed" ? failed("Answer", `The answer cannot be used: ${verdict.message}.`) : verdict
    }
  }
}

const answerOf = ({ answer: text }: Extract<SandboxAnswer, { readonly _tag: "Returned" }>): unknown =>
  text === undefined ? undefined : (JSON.parse(text) as unknown)

/** Runs a poller: the machine of the mapping, a real log, and a sandbox. */
export const runPoller = (options: PollerOptions): Effect.Effect<Poller, never, Scope> =>
  Effect.gen(function* () {
    const { bootstrapServers, commit, config, destination, functionName, happened, log, sandbox } = options
    const poller = options.number
    const payloadBytes = config.payloadBytes - aroundBytes(options)
    /** Invocations whose sandbox was killed. */
    const killed = new Set<number>()
    /** What was said last about each partition that cannot be read. */
    const told = new Map<string, string>()
    let lastRequestId = ""

    const warn = (about: string, message: string): void => {
      if (told.get(about) === message) return
      told.set(about, message)
      happened({ _tag: "Warned", message })
    }

    const polled = ({ epoch, offset, partition, topic }: Poll): Effect.Effect<MappingInput> => {
      const place = { topic, partition }
      const name = topicPartitionName(place)
      const refused = (error: CommitLogError): MappingInput => {
        const { logStart, message, reason } = error
        if (reason === "OffsetOutOfRange" && logStart !== undefined && logStart > offset) {
          warn(name, `${name} begins at ${logStart} now: what was before that, from ${offset} on, is gone.`)
          return { _tag: "Polled", ...place, epoch, records: [], nextOffset: logStart }
        }
        warn(name, `${name} cannot be read, and is tried again: ${message}`)
        return { _tag: "PollFailed", ...place, epoch }
      }
      return Effect.match(log.read({ ...place, offset, maxBytes: pageBytes, maxWaitMs: pollMs }), {
        onFailure: refused,
        onSuccess: ({ nextOffset, records }): MappingInput => {
          told.delete(name)
          const sized = records.map((record) => ({ record, bytes: eventRecordBytes(place, record) }))
          return { _tag: "Polled", ...place, epoch, records: sized, nextOffset }
        }
      })
    }

    const invoked = Effect.fnUntraced(function* (output: Invoke): Effect.fn.Return<MappingInput> {
      const { attempt, id, partitions } = output
      const requestId = randomUUID()
      lastRequestId = requestId
      const event = JSON.stringify(
        encodeKafkaEvent({ source: "SelfManagedKafka", arn: undefined, bootstrapServers, partitions })
      )
      const told = { _tag: "Invoked", poller, requestId, attempt, partitions } as const
      const bytes = utf8Length(event)
      if (bytes > config.payloadBytes) {
        const message = `The event has ${bytes} bytes, and may have ${config.payloadBytes}: the function was not invoked.`
        happened({ ...told, isCold: false, ms: 0, outcome: failed("TooLarge", message) })
        return { _tag: "Threw", id }
      }
      let isCold = false
      let began = yield* Clock.currentTimeMillis
      const run = Effect.gen(function* () {
        isCold = yield* sandbox.start
        began = yield* Clock.currentTimeMillis
        yield* driver.offer({ _tag: "Started", id })
        return yield* sandbox.invoke({ id, requestId, event, deadline: began + config.functionTimeoutMs })
      })
      const ended = yield* Effect.match(run, { onFailure: (error) => error, onSuccess: (given) => given })
      const outcome = outcomeOf(output, config, ended, killed.delete(id))
      const ms = (yield* Clock.currentTimeMillis) - began
      happened({ ...told, isCold, ms, outcome })
      return ended._tag === "Returned" ? { _tag: "Returned", id, answer: answerOf(ended) } : { _tag: "Threw", id }
    })

    const gaveUp = ({ id, partitions, why }: GiveUp): Effect.Effect<MappingInput> => {
      const put =
        destination === undefined
          ? Effect.void
          : destination.put({ why, functionName, requestId: lastRequestId, bootstrapServers, partitions })
      return Effect.match(put, {
        onFailure: ({ message }): MappingInput => {
          warn("destination", message)
          return { _tag: "GivenUp", id, done: false }
        },
        onSuccess: (): MappingInput => {
          told.delete("destination")
          happened({ _tag: "GivenUp", poller, why, partitions, destination: destination?.name })
          return { _tag: "GivenUp", id, done: true }
        }
      })
    }

    const driver: Driver<MappingState, MappingInput> = yield* drive<MappingState, MappingInput, MappingOutput>({
      machine: eventSourceMapping,
      state: startMapping({ ...config, payloadBytes }),
      tick: (now) => ({ _tag: "Tick", now }),
      perform: (output) => {
        switch (output._tag) {
          case "Poll":
            return request<MappingInput>(undefined, readDeadlineMs, polled(output), () => ({
              _tag: "PollFailed",
              topic: output.topic,
              partition: output.partition,
              epoch: output.epoch
            }))
          case "Invoke": {
            const deadlineMs = config.initTimeoutMs + config.functionTimeoutMs + putDeadlineMs
            return request<MappingInput>(undefined, deadlineMs, invoked(output), () => ({
              _tag: "Threw",
              id: output.id
            }))
          }
          case "Kill":
            return answer(() => {
              killed.add(output.id)
              sandbox.kill()
            })
          case "Commit":
            return answer(() => commit({ topic: output.topic, partition: output.partition, offset: output.offset }))
          case "GiveUp":
            return request<MappingInput>("destination", putDeadlineMs, gaveUp(output), () => ({
              _tag: "GivenUp",
              id: output.id,
              done: false
            }))
        }
      }
    })
    const idle = Effect.suspend(function wait(): Effect.Effect<void> {
      return isIdle(driver.state()) ? Effect.void : Effect.andThen(Effect.sleep(lookMs), Effect.suspend(wait))
    })
    return {
      feed: driver.offer,
      state: driver.state,
      stop: Effect.andThen(driver.offer({ _tag: "Stop" }), idle),
      join: driver.join
    }
  })
