import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { lambdaSettings } from "./CommandSettings.ts"
import { Command, Flag } from "./EffectCli.ts"
import { commonFlags, flagsOf, wholeFlag } from "./Flags.ts"
import { prepared } from "./Prepare.ts"

const { group, topics, ...clusterFlags } = flagsOf(lambdaSettings)

const seconds = (name: string, description: string) =>
  Flag.Finite(name).pipe(Flag.withMetavar("S"), Flag.withDescription(description))

const flags = {
  handler: Flag.String("handler").pipe(
    Flag.withMetavar("FILE[.EXPORT]"),
    Flag.withDescription("the module with the function, JavaScript or TypeScript, and its name there (handler)"),
    Flag.optional
  ),
  topics: Flag.withDescription(topics, "the topics whose records the function gets"),
  ...clusterFlags,
  group: Flag.withDescription(
    group,
    "keep the position in this consumer group, and share the partitions with its other members; without it nothing is kept"
  ),
  startingPosition: Flag.Literals("starting-position", ["TRIM_HORIZON", "LATEST"]).pipe(
    Flag.withDescription("where to begin, where the group has committed nothing (TRIM_HORIZON)"),
    Flag.withDefault("TRIM_HORIZON")
  ),
  batchSize: wholeFlag("batch-size", "records of an event, at most (100)").pipe(Flag.withDefault(100)),
  batchingWindow: seconds("batching-window", "how long records wait for others, in seconds (0.5)").pipe(
    Flag.withDefault(0.5)
  ),
  timeout: seconds("timeout", "kill the function after so many seconds (60)").pipe(Flag.withDefault(60)),
  retryAttempts: wholeFlag("retry-attempts", "give records up after so many retries (-1: never)").pipe(
    Flag.withDefault(-1)
  ),
  recordAge: seconds("record-age", "give records up that are older, in seconds (-1: never)").pipe(Flag.withDefault(-1)),
  bisect: Flag.Boolean("bisect").pipe(
    Flag.withDescription("halve a batch with which the function fails"),
    Flag.withDefault(false)
  ),
  reportFailures: Flag.Boolean("report-batch-item-failures").pipe(
    Flag.withDescription("read from the answer where to go on (yes; --no-report-batch-item-failures for not)"),
    Flag.withDefault(true)
  ),
  onFailure: Flag.String("on-failure").pipe(
    Flag.withMetavar("kafka://TOPIC|file:FILE"),
    Flag.withDescription("where given up records go (nowhere); with it no more than 10 retries are made"),
    Flag.optional
  ),
  environment: Flag.String("environment").pipe(
    Flag.withMetavar("NAME=VALUE"),
    Flag.withDescription("a variable of the function; once for each"),
    Flag.between(0, 1000)
  ),
  pollers: wholeFlag("pollers", "pollers that share the partitions, each with a sandbox of its own (1)").pipe(
    Flag.withDefault(1)
  ),
  rebalance: seconds(
    "rebalance",
    "move a partition to another poller every so many seconds, as when a lease is lost: two functions may have the same records then"
  ).pipe(Flag.optional),
  untilEnd: Flag.Boolean("until-end").pipe(
    Flag.withDescription("end when what the topics have now is handled"),
    Flag.withDefault(false)
  ),
  within: seconds("within", "with --until-end: fail after so many seconds (never)").pipe(Flag.optional)
}

/** `odradek lambda`. */
export const lambdaCommand = Command.make("lambda", { ...flags, ...commonFlags }, (input) =>
  prepared(lambdaSettings, input, (settings) =>
    Effect.flatMap(
      Effect.promise(() => import("./lambda/LambdaCommand.ts")),
      ({ runLambda }) =>
        runLambda(settings, {
          ...input,
          handler: Option.getOrUndefined(input.handler),
          onFailure: Option.getOrUndefined(input.onFailure),
          rebalance: Option.getOrUndefined(input.rebalance),
          within: Option.getOrUndefined(input.within)
        })
    )
  )
).pipe(
  Command.withShortDescription("invoke a function with the records of topics, as AWS Lambda does"),
  Command.withDescription(
    'Reads topics of a cluster and invokes a function of this machine with their records, as an event source mapping of AWS Lambda does, until it is stopped: with its batches, retries and time-outs, and at most 6 MB an event. The function runs in a process of its own, which is killed when its time is up, and started anew by the next invocation; what it writes comes on stderr. SIGTERM and SIGINT let invocations that are under way end, a second one does not. The first line on stdout is `ready`, a line follows for each invocation, and the last one counts. With --until-end it ends with 0 when everything is handled, and with 1 where records were given up. With --json the lines are {"type":"ready"}, {"type":"assigned"|"revoked","poller","partitions"}, {"type":"invoked","poller","requestId","attempt","cold","ms","partitions":[{"topic","partition","from","to","records"}],"outcome"} with "done", "resume" (and "resume") or "failed" (and "reason", "message"), {"type":"givenUp","poller","why","destination","partitions"}, {"type":"warning","message"} and {"type":"summary","handled","givenUp","invocations","failed"}.'
  ),
  Command.withExamples([
    { command: "odradek lambda --handler index.mjs --topics orders", description: "From the beginning, each time" },
    {
      command: "odradek lambda --handler src/index.ts.replicate --topics orders --group trial --until-end",
      description: "What came since the last time"
    },
    {
      command:
        "odradek lambda --handler index.mjs --topics orders --retry-attempts 2 --bisect --on-failure file:given-up.ndjson",
      description: "What does it do with records that it cannot take?"
    }
  ])
)
