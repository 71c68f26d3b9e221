import { hostname } from "node:os"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { topicPartitionName } from "../../../../core/log/index.ts"
import type { CommitLog, PartitionOffset } from "../../../../core/ports/index.ts"
import type { StartingPosition } from "../../lambda/Beginnings.ts"
import { fileDestination, topicDestination } from "../../lambda/Destination.ts"
import type { Destination } from "../../lambda/Destination.ts"
import { runMapping } from "../../lambda/Mapping.ts"
import type { Mapping, MappingFailure } from "../../lambda/Mapping.ts"
import { openGroup } from "../../OpenGroup.ts"
import { openLog } from "../../OpenLog.ts"
import { clusterOf } from "../Cluster.ts"
import type { lambdaSettings, SettingsOf } from "../CommandSettings.ts"
import { few } from "../doctor/Words.ts"
import { sayOut } from "../Output.ts"
import { untilSignal } from "../Signals.ts"
import { UseError } from "../UseError.ts"
import { handlerOf } from "./HandlerFile.ts"
import { mappingLines } from "./MappingLines.ts"
import { mappingOf, placeOf, variablesOf } from "./MappingSettings.ts"
import type { MappingInput } from "./MappingSettings.ts"

/** What `odradek lambda` is told beside its settings. */
export interface LambdaInput extends MappingInput {
  readonly handler: string | undefined
  readonly startingPosition: StartingPosition
  readonly json: boolean
  readonly quiet: boolean
}

/** Records that no function has handled. */
export class NotHandled extends Data.TaggedError("NotHandled")<{ readonly message: string }> {}

const destinationOf = Effect.fnUntraced(function* (
  text: string | undefined,
  topics: ReadonlyArray<string>,
  log: CommitLog
): Effect.fn.Return<Destination | undefined, UseError> {
  if (text === undefined) return undefined
  const { _tag, name } = yield* placeOf(text, topics)
  return _tag === "File" ? fileDestination(name) : topicDestination(log, name)
})

const late = (within: number, undone: ReadonlyArray<PartitionOffset>): NotHandled => {
  const places = few(undone.map((one) => `${topicPartitionName(one)} up to ${one.offset}`))
  return new NotHandled({ message: `Not everything was handled within ${within} s: ${places} is missing.` })
}

/** A handler that cannot be found was named wrongly. */
const sandboxUse = (error: MappingFailure): MappingFailure | UseError =>
  error._tag === "SandboxFailure" && error.reason === "NoHandler"
    ? new UseError({ message: error.message.replace(/\.$/, ": give --handler FILE.EXPORT with one that it has.") })
    : error

/** Invokes a function with the records of topics until a signal comes, or everything that is there now is handled. */
export const runLambda = Effect.fnUntraced(function* (settings: SettingsOf<typeof lambdaSettings>, input: LambdaInput) {
  const { group: groupId, topics } = settings
  const { onFailure, pollers, rebalance, startingPosition, untilEnd, within } = input
  if (input.handler === undefined) {
    return yield* new UseError({ message: "There is no function to invoke: name its file with --handler FILE." })
  }
  if (topics === undefined) {
    return yield* new UseError({ message: "The function has nothing to read: name topics with --topics T[,T2]." })
  }
  const handler = yield* handlerOf(input.handler)
  const config = yield* mappingOf(input)
  const environment = yield* variablesOf(input.environment)
  const cluster = yield* clusterOf(settings)
  const lines = mappingLines(input)
  const say = (line: string): void => void process.stdout.write(`${line}\n`)
  let isReady = false
  const run = Effect.gen(function* () {
    const clientId = `lambda-${hostname()}`
    const log = yield* openLog({ ...cluster, clientId })
    const destination = yield* destinationOf(onFailure, topics, log)
    yield* log.topics
    const group = groupId === undefined ? {} : { group: yield* openGroup({ ...cluster, groupId, clientId }) }
    const mapping: Mapping = yield* Effect.mapError(
      runMapping({
        config,
        handler,
        environment,
        log,
        ...group,
        topics,
        startingPosition,
        bootstrapServers: cluster.brokers,
        pollers,
        ...(rebalance === undefined ? {} : { rebalanceMs: rebalance * 1000 }),
        ...(destination === undefined ? {} : { destination }),
        happened: (event) => {
          if (event._tag === "Ready") isReady = true
          const line = lines.happened(event)
          if (line !== undefined) say(line)
        }
      }),
      sandboxUse
    )
    const drained =
      within === undefined
        ? mapping.drained
        : Effect.timeoutOrElse(mapping.drained, {
            duration: within * 1000,
            orElse: () => Effect.suspend(() => Effect.fail(late(within, mapping.undone())))
          })
    const signal = Effect.asVoid(untilSignal)
    yield* Effect.raceFirst(mapping.join, untilEnd ? Effect.raceFirst(drained, signal) : signal)
    yield* mapping.stop
  })
  // Who does not read stdout any more is not told how it was: an interrupted mapping says nothing.
  const ended = yield* Effect.exit(Effect.scoped(run))
  if (isReady) yield* sayOut(lines.summary())
  yield* ended
  const { givenUp } = lines.counts()
  if (untilEnd && givenUp > 0) {
    return yield* new NotHandled({
      message: `${givenUp} of the records were given up: no invocation has handled them.`
    })
  }
})
