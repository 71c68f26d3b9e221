import * as Effect from "effect/Effect"
import { defaultMapping } from "../../../../core/lambda/index.ts"
import type { MappingConfig } from "../../../../core/lambda/index.ts"
import { isTopicName, wrongTopicName } from "../../../../core/log/index.ts"
import { UseError } from "../UseError.ts"

/** What `odradek lambda` is told of its mapping, as AWS Lambda calls it; times are in seconds. */
export interface MappingInput {
  readonly batchSize: number
  readonly batchingWindow: number
  readonly timeout: number
  readonly retryAttempts: number
  readonly recordAge: number
  readonly bisect: boolean
  readonly reportFailures: boolean
  readonly pollers: number
  readonly rebalance: number | undefined
  readonly untilEnd: boolean
  readonly within: number | undefined
  readonly onFailure: string | undefined
  readonly environment: ReadonlyArray<string>
}

/** How long is waited before another attempt, in milliseconds, doubled each time: a person is waiting. */
const [backoffMs, maxBackoffMs] = [250, 5000]

/** How long a sandbox may take to start, in milliseconds: a machine that somebody works on has other things to do. */
const initTimeoutMs = 30_000

/** AWS Lambda tries no more often where given up records have somewhere to go. */
const mostRetries = 10

interface Bounds {
  readonly flag: string
  readonly value: number | undefined
  readonly least: number
  readonly most: number
  readonly whole: boolean
  /** A value beside those, and what it means. */
  readonly never?: boolean
}

const wrongNumber = ({ flag, least, most, never = false, value, whole }: Bounds): string | undefined => {
  if (value === undefined || (never && value === -1)) return undefined
  if (value >= least && value <= most && (!whole || Number.isSafeInteger(value))) return undefined
  const kind = whole ? "a whole number" : "a number of seconds"
  return `${flag} is ${value}: give ${kind} from ${least} to ${most}${never ? ", or -1 for no end" : ""}.`
}

const wrongUse = (input: MappingInput): string | undefined => {
  const { batchSize, batchingWindow, pollers, rebalance, recordAge, retryAttempts, timeout, untilEnd, within } = input
  const numbers: ReadonlyArray<Bounds> = [
    { flag: "--batch-size", value: batchSize, least: 1, most: 10_000, whole: true },
    { flag: "--batching-window", value: batchingWindow, least: 0, most: 300, whole: false },
    { flag: "--timeout", value: timeout, least: 0.1, most: 840, whole: false },
    { flag: "--retry-attempts", value: retryAttempts, least: 0, most: 10_000, whole: true, never: true },
    { flag: "--record-age", value: recordAge, least: 1, most: 604_800, whole: false, never: true },
    { flag: "--pollers", value: pollers, least: 1, most: 16, whole: true },
    { flag: "--rebalance", value: rebalance, least: 0.1, most: 86_400, whole: false },
    { flag: "--within", value: within, least: 1, most: 604_800, whole: false }
  ]
  const wrong = numbers.map(wrongNumber).find((one) => one !== undefined)
  if (wrong !== undefined) return wrong
  if (rebalance !== undefined && pollers < 2) return "--rebalance needs another poller: give --pollers 2."
  if (within !== undefined && !untilEnd) return "--within is for what ends: give --until-end, too."
  return undefined
}

/** Reads the mapping. */
export const mappingOf = (input: MappingInput): Effect.Effect<MappingConfig, UseError> => {
  const message = wrongUse(input)
  if (message !== undefined) return Effect.fail(new UseError({ message }))
  const isEndless = input.retryAttempts === -1
  return Effect.succeed({
    ...defaultMapping,
    backoffMs,
    maxBackoffMs,
    initTimeoutMs,
    batchSize: input.batchSize,
    batchWindowMs: input.batchingWindow * 1000,
    functionTimeoutMs: input.timeout * 1000,
    maximumRetryAttempts: isEndless && input.onFailure !== undefined ? mostRetries : input.retryAttempts,
    maximumRecordAgeMs: input.recordAge === -1 ? -1 : input.recordAge * 1000,
    bisectBatchOnFunctionError: input.bisect,
    reportBatchItemFailures: input.reportFailures
  })
}

/** Reads variables of the function. */
export const variablesOf = (
  environment: ReadonlyArray<string>
): Effect.Effect<Readonly<Record<string, string>>, UseError> => {
  const wrong = environment.find((one) => !/^[A-Za-z_][A-Za-z0-9_]*=/.test(one))
  if (wrong !== undefined) {
    const message = `--environment is ${JSON.stringify(wrong)}: give NAME=VALUE, once for each variable.`
    return Effect.fail(new UseError({ message }))
  }
  return Effect.succeed(
    Object.fromEntries(environment.map((one) => [one.slice(0, one.indexOf("=")), one.slice(one.indexOf("=") + 1)]))
  )
}

/** Where given up records go: a topic, or a file. */
export type Place = { readonly _tag: "Topic" | "File"; readonly name: string }

/** Reads where given up records go. A topic that is read cannot get them, too. */
export const placeOf = (text: string, topics: ReadonlyArray<string>): Effect.Effect<Place, UseError> => {
  const refuse = (message: string) => Effect.fail(new UseError({ message }))
  if (text.startsWith("file:") && text.length > "file:".length) {
    return Effect.succeed({ _tag: "File", name: text.slice("file:".length) })
  }
  if (!text.startsWith("kafka://")) {
    return refuse(`--on-failure is ${JSON.stringify(text)}: give kafka://TOPIC, or file:FILE.`)
  }
  const name = text.slice("kafka://".length)
  if (!isTopicName(name)) return refuse(wrongTopicName(name))
  return topics.includes(name)
    ? refuse(`--on-failure names ${name}, which the function reads: name another topic.`)
    : Effect.succeed({ _tag: "Topic", name })
}
