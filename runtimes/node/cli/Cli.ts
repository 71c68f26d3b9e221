import * as Effect from "effect/Effect"
import { brokerProgram } from "./BrokerProgram.ts"
import { brokerSettings, chainSettings, doctorSettings } from "./CommandSettings.ts"
import { completionScript, shells } from "./CompletionScript.ts"
import { Argument, Command, Flag } from "./EffectCli.ts"
import { commonFlags, flagsOf, plainFlags } from "./Flags.ts"
import { httpCommand } from "./HttpCli.ts"
import { journalCommand } from "./JournalCli.ts"
import { lambdaCommand } from "./LambdaCli.ts"
import { sayOut } from "./Output.ts"
import { prepared, stoppable } from "./Prepare.ts"
import { waitingFor, withProgress } from "./Progress.ts"
import { replicatorCommand } from "./ReplicatorCli.ts"
import { defaults } from "./Settings.ts"
import { simulateCommand } from "./SimulateCli.ts"

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

const { data, listen, ...chainFlags } = flagsOf(chainSettings)

const chain = Command.make(
  "chain",
  {
    ...chainFlags,
    data: Flag.withDescription(data, "the folder of this node, for what it must not forget"),
    listen: Flag.withDescription(listen, "where the node listens, if that is not its address among --peers"),
    join: Flag.Boolean("join").pipe(
      Flag.withDescription("wait to be made a member of a cluster that is there, instead of beginning one"),
      Flag.withDefault(false)
    ),
    memory: Flag.Boolean("memory").pipe(
      Flag.withDescription("keep everything in memory, for trying it out: a node that forgets must not come back"),
      Flag.withDefault(false)
    ),
    ...commonFlags
  },
  (input) =>
    prepared(chainSettings, input, (settings) =>
      Effect.flatMap(
        Effect.promise(() => import("./ChainCommand.ts")),
        ({ runChain }) => runChain(settings, input)
      )
    )
).pipe(
  Command.withShortDescription("run a node of a small replicated store of keys and counters"),
  Command.withDescription(
    'Runs a node of a cluster that agrees on one order of commands (Chained Raft) and keeps keys and counters by it, for learning and for tests. The first line on stdout is `ready HOST:PORT` and the URL of --http; a line follows whenever role, term, leader or members change. Of the members, `4?` is one that no leader has heard from yet, `4l` a learner, `4w` a witness, `4^2` one with priority 2, and `1 2 4 and 1 2` the change to the former from the latter. With --json they are {"type":"ready","id","address","http"} and {"type":"status","role","term","leader","members"}. Over HTTP: GET, PUT, DELETE /keys/K (PUT takes bytes, or {"value","expected"} as JSON; If-Match: "VERSION" and If-None-Match: * make a change conditional; ?local=true reads what this node has, without asking the others), GET /keys, POST /counters/K {"add":1}, GET /status, POST /members {"members":[1,2,3],"addresses":{"4":"HOST:PORT"}} and POST /transfer {"to":2} at the leader, POST /snapshot. ?timeoutMs=N bounds a request. 503 is an answer that may pass, 504 one of a change that may have been made. A node that lost its folder comes back under a new number.'
  ),
  Command.withExamples([
    {
      command: "odradek chain --id 1 --peers 1=127.0.0.1:7001 --memory --http 127.0.0.1:8001",
      description: "A cluster of one"
    },
    {
      command: "odradek chain --id 2 --peers 1=a:7001,2=b:7001,3=c:7001 --data ./node2 --http 127.0.0.1:8001",
      description: "One of three"
    },
    {
      command: "curl -X POST localhost:8001/counters/visits -d '{\"add\":1}'",
      description: "Counts, on whichever node"
    }
  ])
)

const { client, group, store, topics, ...clusterFlags } = flagsOf(doctorSettings)

const examined = {
  ...clusterFlags,
  topics: Flag.withDescription(topics, "the topics to look at"),
  group: Flag.withDescription(group, "the group of replicators that is to be joined"),
  store: Flag.withDescription(store, "the store to look at, which is neither made nor changed"),
  client: Flag.withDescription(client, `the library that is to write to the log (${defaults.client})`)
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
    'Looks at the brokers, at the topics and at the store that are named, changes nothing, and says what is well and what is not, a line for each check and below it what to do: whether brokers answer, where they say they are; whether topics are there, can be read, and are set as a journal needs it; what we may do with them, and in a group; whether the store can be used, and is ahead of the log, or lacks what the log has removed already, how far it is behind, and what keeps it. It ends with 1 when a check has failed; warnings do not count. With --json each line is {"type":"check","check","subject","status","message","advice"}, the status "ok", "warning", "failed" or "skipped", and the last {"type":"summary","checks","ok","warnings","failed","skipped"}.'
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
    "Application state as a deterministic fold of a Kafka log. Settings come from flags, then from the environment (ODRADEK_BROKERS, ODRADEK_STORE, …), then from a file (--config, ODRADEK_CONFIG). It ends with 0 when all went well, 1 when something failed, 2 when it was used wrongly, 130 or 143 when SIGINT or SIGTERM ended it before it was done."
  ),
  Command.withSubcommands([
    demo,
    broker,
    replicatorCommand,
    journalCommand,
    httpCommand,
    lambdaCommand,
    chain,
    simulateCommand,
    doctor,
    completions
  ])
)
