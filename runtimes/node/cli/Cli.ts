import * as Effect from "effect/Effect"
import { brokerProgram } from "./BrokerProgram.ts"
import { brokerSettings, doctorSettings, replicatorSettings } from "./CommandSettings.ts"
import { completionScript, shells } from "./CompletionScript.ts"
import { Argument, Command, Flag } from "./EffectCli.ts"
import { commonFlags, flagsOf, plainFlags } from "./Flags.ts"
import { journalCommand } from "./JournalCli.ts"
import { sayOut } from "./Output.ts"
import { prepared, stoppable } from "./Prepare.ts"
import { waitingFor, withProgress } from "./Progress.ts"

const demo = Command.make(
  "demo",
  {
    keep: Flag.Boolean("keep").pipe(
      Flag.withDescription("leave the servers and the data for playing"),
      Flag.withDefault(false)
    ),
    ...plainFlags
  },
  (input) =>
    stoppable(
      prepared([], { ...input, json: false }, () =>
        Effect.flatMap(
          Effect.promise(() => import("../demo/index.ts")),
          ({ demo: run }) =>
            withProgress({ silent: input.quiet }, (doing) =>
              run({ keep: input.keep, say: sayOut, doing: (what) => doing(waitingFor(what)) })
            )
        )
      )
    )
).pipe(
  Command.withShortDescription("show all of it at work, in a temporary folder"),
  Command.withDescription(
    "Starts a broker and a replicator, runs a small shop on them, kills both, and shows that nothing is lost."
  )
)

const broker = Command.make(
  "broker",
  {
    ...flagsOf(brokerSettings),
    memory: Flag.Boolean("memory").pipe(
      Flag.withDescription("keep the log in memory, also where the settings name a folder"),
      Flag.withDefault(false)
    ),
    ...commonFlags
  },
  brokerProgram
).pipe(
  Command.withShortDescription("serve the Kafka protocol"),
  Command.withDescription(
    "Serves the Kafka protocol to any client, from a folder or from memory. The first line on stdout is `ready HOST:PORT`; SIGTERM ends it when everything is on the disk."
  ),
  Command.withExamples([
    { command: "odradek broker", description: "In memory, on 127.0.0.1:9092" },
    { command: "odradek broker --data ./log --fsync always", description: "What is acknowledged survives a power cut" }
  ])
)

const replicator = Command.make("replicator", { ...flagsOf(replicatorSettings), ...commonFlags }, (input) =>
  prepared(replicatorSettings, input, (settings) =>
    Effect.flatMap(
      Effect.promise(() => import("./ReplicatorCommand.ts")),
      ({ runReplicator }) => runReplicator(settings, input)
    )
  )
).pipe(
  Command.withShortDescription("copy journals from the log to a store"),
  Command.withDescription(
    'Copies the journals of topics to a store, until it is stopped; SIGTERM lets it finish the batches in hand. The first line on stdout is `ready`. With --json each further line is {"type":"batch","topic","partition","nextOffset","logEnd","lag","records","events","bytes"}, or one of type "conflict" ("id","seqNr","offset"), "stalled" ("retryAt","reason","message"), "resumed" ("nextOffset"), when a partition is taken up, or "released", when it is let go. With --group several replicators share the topics, and each partition is copied by one of them; one that ends or falls silent is replaced, after 10 s at the latest. With --metrics the answer to /health is 200, or 503 with the reasons as JSON while partitions wait because of an error, or the group cannot be reached.'
  ),
  Command.withExamples([
    { command: "odradek replicator --topics accounts --store sqlite:accounts.db" },
    {
      command: "odradek replicator --topics accounts --store sqlite:accounts.db --group replicator",
      description: "One of several that share the work"
    }
  ])
)

const { brokers, store, topics } = flagsOf(doctorSettings)

const examined = {
  brokers,
  topics: Flag.withDescription(topics, "the topics to look at"),
  store: Flag.withDescription(store, "the store to look at, which is neither made nor changed")
}

const doctor = Command.make("doctor", { ...examined, ...commonFlags }, (input) =>
  stoppable(
    prepared(doctorSettings, input, (settings) =>
      Effect.flatMap(
        Effect.promise(() => import("./doctor/DoctorCommand.ts")),
        ({ runDoctor }) => runDoctor(settings, input)
      )
    )
  )
).pipe(
  Command.withShortDescription("say what is wrong with brokers, topics and a store"),
  Command.withDescription(
    'Looks at the brokers, at the topics and at the store that are named, changes nothing, and says what is well and what is not, a line for each check and below it what to do: whether brokers answer, where they say they are; whether topics are there, can be read, and are set as a journal needs it; whether the store is ahead of the log, or lacks what the log has removed already, how far it is behind, and what keeps it. It ends with 1 when a check has failed; warnings do not count. With --json each line is {"type":"check","check","subject","status","message","advice"}, the status "ok", "warning", "failed" or "skipped", and the last {"type":"summary","checks","ok","warnings","failed","skipped"}.'
  ),
  Command.withExamples([
    { command: "odradek doctor", description: "Is there a broker at all?" },
    {
      command: "odradek doctor --topics accounts --store sqlite:accounts.db",
      description: "Do log and store belong together, and does replication keep up?"
    }
  ])
)

const completions = Command.make(
  "completions",
  { shell: Argument.Literals("shell", shells).pipe(Argument.withDescription(shells.join(", "))) },
  ({ shell }): Effect.Effect<void> => sayOut(completionScript(cli, shell))
).pipe(
  Command.withShortDescription("make a shell complete commands, flags and values"),
  Command.withDescription(
    "Writes a script that makes a shell complete the commands, their flags, and values where there are only a few. Make it anew after an upgrade."
  ),
  Command.withExamples([
    { command: 'eval "$(odradek completions bash)"', description: "In ~/.bashrc" },
    { command: 'odradek completions zsh > "${fpath[1]}/_odradek"', description: "Once, for zsh" },
    { command: "odradek completions fish > ~/.config/fish/completions/odradek.fish", description: "Once, for fish" }
  ])
)

/** The whole command line. */
export const cli = Command.make("odradek").pipe(
  Command.withDescription(
    "Application state as a deterministic fold of a Kafka log. Settings come from flags, then from the environment (ODRADEK_BROKERS, ODRADEK_STORE, …), then from a file (--config, ODRADEK_CONFIG). It ends with 0 when all went well, 1 when something failed, 2 when it was used wrongly."
  ),
  Command.withSubcommands([demo, broker, replicator, journalCommand, doctor, completions])
)
