import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { journalSettings } from "./CommandSettings.ts"
import { Command, Flag } from "./EffectCli.ts"
import { commonFlags, flagsOf, idArgument, topicArgument, wholeFlag, yesFlag } from "./Flags.ts"
import { prepared, stoppable } from "./Prepare.ts"

const common = { ...flagsOf(journalSettings), ...commonFlags }
const entity = { topic: topicArgument, id: idArgument }

const looking = Effect.promise(() => import("./journal/LookCommands.ts"))
const changing = Effect.promise(() => import("./journal/ChangeCommands.ts"))

const append = Command.make(
  "append",
  {
    ...entity,
    batch: wholeFlag("batch", "events to a record, which is all in the log or not at all (1)").pipe(
      Flag.withDefault(1)
    ),
    file: Flag.String("file").pipe(
      Flag.withMetavar("FILE"),
      Flag.withDescription("read this and not stdin"),
      Flag.optional
    ),
    keepNumbers: Flag.Boolean("keep-numbers").pipe(
      Flag.withDescription("number the events as the lines do, and not anew"),
      Flag.withDefault(false)
    ),
    ...common
  },
  (input) =>
    prepared(journalSettings, input, (settings) =>
      Effect.flatMap(
        Effect.promise(() => import("./journal/AppendCommand.ts")),
        ({ runAppend }) => runAppend({ ...input, file: Option.getOrUndefined(input.file), settings })
      )
    )
).pipe(
  Command.withShortDescription("append events, one JSON object a line"),
  Command.withDescription(
    'Appends events from stdin, one JSON object a line: {"payload": any JSON, "tags": ["…"], "metadata": any JSON, "headers": {"name": "value"}, "expireAfter": "30 days"}, all fields optional. "text" is a payload that is text and not JSON, "binary" one of bytes, as base64; "payload": null counts as no payload. All events of one record share metadata, headers and expireAfter, so with --batch a line that differs in them from those before it in its record is refused. The text of "payload" is kept as it stands; metadata is parsed and written anew, which changes numbers beyond 2^53. What `read` writes is taken back: "seqNr" (but see --keep-numbers), "timestamp" and "offset" are passed over. A journal has one writer at a time: of two events with one number, the first in the log counts. A topic that does not exist is made where the brokers make topics by themselves (auto.create.topics.enable), so that one whose name is mistyped appears; the other journal commands make none. When a line is refused, the log fails, or SIGINT or SIGTERM ends it, the message says which lines are in the log, and of a refused line also from which line on to append again. With --json the last line is {"topic","id","events","records","from","to","partition","offset"}.'
  ),
  Command.withExamples([
    {
      command: `echo '{"payload":{"deposited":100}}' | odradek journal append accounts account-1`,
      description: "One event"
    },
    {
      command: "odradek journal append accounts account-1 --file events.ndjson --batch 10",
      description: "Ten to a record"
    },
    {
      command: `printf '%s\\n' '{"payload":1,"metadata":{"by":"Ada"}}' '{"payload":2,"metadata":{"by":"Ada"}}' | odradek journal append accounts account-1 --batch 2`,
      description: "Two in one record, whose metadata both have"
    }
  ])
)

const read = Command.make(
  "read",
  {
    ...entity,
    from: Flag.optional(wholeFlag("from", "the first number to read (1)")),
    to: Flag.optional(wholeFlag("to", "the last number to read (all)")),
    ...common
  },
  (input) =>
    stoppable(
      prepared(journalSettings, input, (settings) =>
        Effect.flatMap(
          Effect.promise(() => import("./journal/ReadCommand.ts")),
          ({ runRead }) => {
            const [from, to] = [Option.getOrUndefined(input.from), Option.getOrUndefined(input.to)]
            return runRead({ ...input, from, to, settings })
          }
        )
      )
    )
).pipe(
  Command.withShortDescription("write the events, one JSON object a line"),
  Command.withDescription(
    'Writes the events in the order of their numbers, one JSON object a line: {"seqNr","payload","tags","metadata","headers","expireAfter","timestamp","offset"}, in this order, without what is absent or empty. The text of "payload" is as it was appended, but that line feeds in it are spaces and that null counts as no payload; metadata is parsed and written anew, which changes numbers beyond 2^53; metadata, headers and expireAfter are those of the whole record. A payload that is no JSON is in "text", or in "binary" as base64. `append` takes the lines back. A --to below --from is refused. Without --store, and with a store that nothing was replicated to, everything is read from the log.'
  )
)

const pointer = Command.make("pointer", { ...entity, ...common }, (input) =>
  stoppable(
    prepared(journalSettings, input, (settings) =>
      Effect.flatMap(looking, ({ runPointer }) => runPointer({ ...input, settings }))
    )
  )
).pipe(
  Command.withShortDescription("say the last number ever appended"),
  Command.withDescription(
    'Says the last number ever appended, also when that event is deleted, or "none". With --json: {"topic","id","pointer"}, the pointer null where there is none.'
  )
)

const remove = Command.make(
  "delete",
  { ...entity, to: wholeFlag("to", "the last number to delete"), yes: yesFlag, ...common },
  (input) =>
    stoppable(
      prepared(journalSettings, input, (settings) =>
        Effect.flatMap(changing, ({ runDelete }) => runDelete({ ...input, settings }))
      )
    )
).pipe(
  Command.withShortDescription("delete events up to a number"),
  Command.withDescription(
    'Deletes the events up to a number, for every reader at once; numbers go on where they were. With --json: {"topic","id","to","partition","offset"}, without the last two where there was nothing to delete.'
  )
)

const purge = Command.make("purge", { ...entity, yes: yesFlag, ...common }, (input) =>
  stoppable(
    prepared(journalSettings, input, (settings) =>
      Effect.flatMap(changing, ({ runPurge }) => runPurge({ ...input, settings }))
    )
  )
).pipe(
  Command.withShortDescription("forget a journal"),
  Command.withDescription(
    'Forgets a journal: the next append begins a new one at number 1. With --json: {"topic","id","partition","offset"}.'
  )
)

const purgeExpired = Command.make(
  "purge-expired",
  {
    topic: topicArgument,
    onOrBefore: Flag.String("on-or-before").pipe(
      Flag.withMetavar("DATE"),
      Flag.withDescription("the last date of expiry to purge, in UTC, such as 2026-11-21 (yesterday)"),
      Flag.optional
    ),
    yes: yesFlag,
    ...common
  },
  (input) =>
    stoppable(
      prepared(journalSettings, input, (settings) =>
        Effect.flatMap(
          Effect.promise(() => import("./journal/PurgeExpiredCommand.ts")),
          ({ runPurgeExpired }) =>
            runPurgeExpired({ ...input, onOrBefore: Option.getOrUndefined(input.onOrBefore), settings })
        )
      )
    )
).pipe(
  Command.withShortDescription("forget the journals that have expired"),
  Command.withDescription(
    'Purges the journals whose last append said with expireAfter that they have expired by a date, in UTC: by the end of yesterday, unless --on-or-before names another date, today at the latest. Without --yes they are listed, and nothing is done. The store tells which they are (--store); each is purged by a record in the log, as `purge` does it, and looked at in the log right before: one that was appended to since is kept, and judged anew once that is replicated. What somebody appends between that look and the purge, which is milliseconds, is purged with the journal. Run it once a day; a day that was missed is made up for, and what was interrupted goes on when it is run again. With --json each line is {"id","expireOn"}, and with --yes {"id","expireOn","purged","partition","offset"}, or, where it was kept, {"id","expireOn","purged":false,"why"}, the reason "Gone", "Renewed" or "Unreplicated".'
  ),
  Command.withExamples([
    {
      command: "odradek journal purge-expired accounts --store sqlite:journal.db",
      description: "List those whose last day is over"
    },
    {
      command: "odradek journal purge-expired accounts --store sqlite:journal.db --yes",
      description: "Purge them"
    }
  ])
)

const ids = Command.make("ids", { topic: topicArgument, ...common }, (input) =>
  stoppable(
    prepared(journalSettings, input, (settings) =>
      Effect.flatMap(looking, ({ runIds }) => runIds({ ...input, settings }))
    )
  )
).pipe(
  Command.withShortDescription("list the journals of a topic"),
  Command.withDescription(
    'Lists the ids of the journals that exist, one a line; an id with a line feed or the like is written as a JSON string. With --json each line is {"id"}.'
  )
)

const explain = Command.make("explain", { ...entity, ...common }, (input) =>
  stoppable(
    prepared(journalSettings, input, (settings) =>
      Effect.flatMap(looking, ({ runExplain }) => runExplain({ ...input, settings }))
    )
  )
).pipe(
  Command.withShortDescription("show where each event lives"),
  Command.withDescription(
    'Shows where each event of a journal lives, in the log and in the store, and how a read puts them together. With --json: {"topic","id","partition","mark","pointer","seam","head":{"offset","seqNr","deleteTo"},"seqNr","deleteTo","events":[{"seqNr","offset","source"}]}, the source "store" or "log".'
  )
)

/** `odradek journal`. */
export const journalCommand = Command.make("journal").pipe(
  Command.withDescription("Append to, read and look into event-sourced journals."),
  Command.withShortDescription("append to, read and look into journals"),
  Command.withSubcommands([append, read, pointer, remove, purge, purgeExpired, ids, explain])
)
