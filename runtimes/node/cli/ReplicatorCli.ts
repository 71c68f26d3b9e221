import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { replicatorSettings, storeSettings } from "./CommandSettings.ts"
import { Command, Flag } from "./EffectCli.ts"
import { commonFlags, flagsOf, wholeFlag } from "./Flags.ts"
import { prepared, stoppable } from "./Prepare.ts"

const number = (name: string, description: string) => Flag.optional(wholeFlag(name, description))

const requestsAtOnce = (most: number, what: string) => number("requests-at-once", `${what} (${most})`)

const verify = Command.make(
  "verify",
  {
    ...flagsOf(storeSettings),
    partition: number("partition", "compare this partition (all)"),
    from: number("from", "the first offset to compare (where the log begins)"),
    to: number("to", "the last offset to compare (the store's pointer)"),
    within: number("within", "fail after so many seconds (never)"),
    ignore: Flag.String("ignore").pipe(
      Flag.withMetavar("FIELD[,…]"),
      Flag.withDescription(
        "fields that may differ, such as created,updated,recordId where kafka-journal has replicated"
      ),
      Flag.optional
    ),
    requestsAtOnce: requestsAtOnce(16, "requests to the store that are under way"),
    ...commonFlags
  },
  (input) =>
    stoppable(
      prepared(storeSettings, input, (settings) =>
        Effect.flatMap(
          Effect.promise(() => import("./replicator/VerifyCommand.ts")),
          ({ runVerify }) => {
            const [from, to] = [Option.getOrUndefined(input.from), Option.getOrUndefined(input.to)]
            const [partition, within] = [Option.getOrUndefined(input.partition), Option.getOrUndefined(input.within)]
            const atOnce = Option.getOrUndefined(input.requestsAtOnce)
            const { json, quiet } = input
            const ignore = Option.getOrUndefined(input.ignore)
            return runVerify(settings, { from, to, partition, within, ignore, requestsAtOnce: atOnce, json, quiet })
          }
        )
      )
    )
).pipe(
  Command.withShortDescription("compare a store with the log"),
  Command.withDescription(
    'Compares what a store has with what the log says, up to where the store is replicated, and tells of each difference; it ends with 1 when there are any. The store is not changed, and may be replicated to meanwhile: what is written to while it is compared is left out. Where the log no longer has its beginning, or with --from, journals that began before are compared in part: their events from there on, and what of their heads follows from these. With --json each line is {"type":"difference","difference","topic","partition"} with "id", "seqNr", "offset", "fields" and the like where they apply, or {"type":"partition","topic","partition","from","to","isWhole","records","journals","events","unreadable","moved","differences"} when a partition is done.'
  ),
  Command.withExamples([
    { command: "odradek replicator verify --topics accounts --store sqlite:accounts.db" },
    {
      command: "odradek replicator verify --topics accounts --store sqlite:accounts.db --partition 3 --from 120000",
      description: "What came lately to one partition"
    }
  ])
)

const rebuild = Command.make(
  "rebuild",
  {
    ...flagsOf(storeSettings),
    fromStore: Flag.String("from-store").pipe(
      Flag.withMetavar("STORE"),
      Flag.withDescription("copy from this store first what the log no longer has; it is not changed"),
      Flag.optional
    ),
    requestsAtOnce: requestsAtOnce(64, "journals of each partition that are written beside one another"),
    unverified: Flag.Boolean("unverified").pipe(
      Flag.withDescription("do not compare the new store with the log at the end"),
      Flag.withDefault(false)
    ),
    ...commonFlags
  },
  (input) =>
    stoppable(
      prepared(storeSettings, input, (settings) =>
        Effect.flatMap(
          Effect.promise(() => import("./replicator/RebuildCommand.ts")),
          ({ runRebuild }) => {
            const fromStore = Option.getOrUndefined(input.fromStore)
            const atOnce = Option.getOrUndefined(input.requestsAtOnce)
            return runRebuild(settings, { ...input, fromStore, requestsAtOnce: atOnce })
          }
        )
      )
    )
).pipe(
  Command.withShortDescription("fill a new store"),
  Command.withDescription(
    'Fills a new store from the log, compares it with the log, and says up to which offset it has each partition. It may be stopped, and goes on from there when it is run again. Where the log no longer begins where the journals do, it refuses, unless --from-store names the store that has what was before: journals are copied from that one, and then replicated from its position on; it ends when the new store is not behind the old one. The password of the new store is in ODRADEK_STORE_PASSWORD, that of the old one in ODRADEK_FROM_STORE_PASSWORD, or the same where that is not set. Meanwhile programs go on with the old store. Afterwards start a replicator on the new store, then give that to the programs, and stop the old replicator. With --json the lines are those of `verify`, and at the end {"type":"rebuilt","topic","partition","pointer","from"}.'
  ),
  Command.withExamples([
    {
      command: "odradek replicator rebuild --topics accounts --store sqlite:new.db --from-store sqlite:accounts.db"
    }
  ])
)

/** `odradek replicator`. */
export const replicatorCommand = Command.make(
  "replicator",
  {
    ...flagsOf(replicatorSettings),
    requestsAtOnce: requestsAtOnce(64, "journals of each partition that are written beside one another"),
    ...commonFlags
  },
  (input) =>
    prepared(replicatorSettings, input, (settings) =>
      Effect.flatMap(
        Effect.promise(() => import("./ReplicatorCommand.ts")),
        ({ runReplicator }) =>
          runReplicator(settings, { ...input, requestsAtOnce: Option.getOrUndefined(input.requestsAtOnce) })
      )
    )
).pipe(
  Command.withShortDescription("copy journals from the log to a store"),
  Command.withDescription(
    'Copies the journals of topics to a store, until it is stopped; SIGTERM lets it finish the batches in hand. The first line on stdout is `ready`. With --json each further line is {"type":"batch","topic","partition","nextOffset","logEnd","lag","records","events","bytes"}, or one of type "conflict" ("id","seqNr","offset"), "stalled" ("retryAt","reason","message"), once until it is something else that a partition waits for, "resumed" ("nextOffset"), when a partition is taken up or goes on, or "released", when it is let go. With --group several replicators share the topics, and each partition is copied by one of them; one that ends or falls silent is replaced, after 10 s at the latest. With --metrics the answer to /health is 200, or 503 with the reasons as JSON while partitions wait because of an error, or the group cannot be reached.'
  ),
  Command.withExamples([
    { command: "odradek replicator --topics accounts --store sqlite:accounts.db" },
    {
      command: "odradek replicator --topics accounts --store sqlite:accounts.db --group replicator",
      description: "One of several that share the work"
    }
  ]),
  Command.withSubcommands([verify, rebuild])
)
