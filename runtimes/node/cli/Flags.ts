import * as Option from "effect/Option"
import { Argument, Flag } from "./EffectCli.ts"
import { defaults, flagOf, settingNames } from "./Settings.ts"
import type { Setting } from "./Settings.ts"

const wholeNumber = (text: string): Option.Option<number> => {
  const number = /^-?\d+$/.test(text) ? Number(text) : Number.NaN
  return Number.isSafeInteger(number) ? Option.some(number) : Option.none()
}

/** A flag with a whole number; from which one on is for the command to say. */
export const wholeFlag = (name: string, description: string): Flag.Flag<number> =>
  Flag.String(name).pipe(
    Flag.filterMap(wholeNumber, () => `Expected a whole number in digits, up to ${Number.MAX_SAFE_INTEGER}`),
    Flag.withMetavar("N"),
    Flag.withDescription(description)
  )

const optional = (setting: string, metavar: string, description: string): Flag.Flag<Option.Option<string>> =>
  Flag.String(flagOf(setting).slice(2)).pipe(
    Flag.withMetavar(metavar),
    Flag.withDescription(description),
    Flag.optional
  )

/** A flag without a value; what it sets is told as a text, too. */
const optionalSwitch = (setting: string, description: string): Flag.Flag<Option.Option<string>> =>
  Flag.Boolean(flagOf(setting).slice(2)).pipe(
    Flag.withDescription(description),
    Flag.optional,
    Flag.map(Option.map(String))
  )

/**
 * The flag of each setting. All are texts here: whether a value is allowed is for the settings' own schema to say, which
 * reads the environment and files too.
 */
const settingFlags = {
  brokers: optional("brokers", "HOST:PORT[,…]", `some of the cluster's brokers (${defaults.brokers.join()})`),
  store: optional(
    "store",
    "sqlite:FILE|cassandra://…|dynamodb://…|postgres://…|memory:",
    "where the journals are replicated to: a file, or tables of a server, which replicators make where they are missing (docs/stores.md); or memory:, which ends with the process"
  ),
  client: optional(
    "client",
    "kafkajs|platformatic",
    `the library that writes to the log (${defaults.client}); platformatic is faster, and installed beside`
  ),
  compression: optional(
    "compression",
    "none|gzip|snappy|lz4|zstd",
    `how what is written to the log is compressed (${defaults.compression}); every compression is read`
  ),
  topics: optional("topics", "TOPIC[,…]", "the topics to copy; one that is not there yet is waited for").pipe(
    Flag.withAlias("topic")
  ),
  group: optional(
    "group",
    "NAME",
    "share the topics with the other replicators of this group; without it this one copies all of them"
  ),
  metrics: optional(
    "metrics",
    "HOST:PORT",
    "serve /metrics for Prometheus and /health over HTTP; port 0 takes a free one"
  ),
  otlp: optional(
    "otlp",
    "URL",
    "send metrics to an OpenTelemetry collector, with OTLP over HTTP (what OTEL_EXPORTER_OTLP_ENDPOINT names)"
  ),
  listen: optional("listen", "HOST:PORT", `where clients connect (${defaults.listen}); port 0 takes a free one`),
  advertise: optional("advertise", "HOST:PORT", "the address that clients are told (the one they have used)"),
  data: optional("data", "DIR", "the folder of the log; without one it is kept in memory"),
  fsync: optional("fsync", "none|interval|always", "when what was appended is synced to the disk (interval)"),
  fsyncInterval: optional("fsyncInterval", "MS", "milliseconds between syncs, with --fsync interval (1000)"),
  partitions: optional("partitions", "N", "partitions of topics that are created when they are first used (1)"),
  nodeId: optional("nodeId", "N", "the number of this node, from 1 on; never given to another one").pipe(
    Flag.withAlias("id")
  ),
  peers: optional("peers", "N=HOST:PORT[,…]", "where each node is reached by the others, this one included"),
  cluster: optional("cluster", "NAME", `the name of the cluster; others are refused (${defaults.cluster})`),
  http: optional("http", "HOST:PORT", "serve keys, counters and the node's status over HTTP; port 0 takes a free one"),
  httpCertificate: optional("httpCertificate", "FILE", "serve HTTPS, with this certificate, in PEM"),
  httpKey: optional("httpKey", "FILE", "the key of that certificate, in PEM"),
  httpAuthority: optional(
    "httpAuthority",
    "FILE",
    "let in only those who show a certificate of this authority, in PEM"
  ),
  tokensFile: optional(
    "tokensFile",
    "FILE",
    "let in only those with a token of this file, a line each: NAME RIGHTS TOPICS TOKEN (what ODRADEK_TOKEN holds, with all rights)"
  ),
  tls: optionalSwitch("tls", "encrypt connections to the brokers; the other flags of TLS imply it"),
  tlsCertificate: optional("tlsCertificate", "FILE", "the certificate that is shown to the other side, in PEM"),
  tlsKey: optional("tlsKey", "FILE", "the key of that certificate, in PEM"),
  tlsAuthority: optional(
    "tlsAuthority",
    "FILE",
    "the authority whose certificates the other side has to show, in PEM (of brokers: any that Node trusts)"
  ),
  sasl: optional("sasl", "plain|scram-sha-256|scram-sha-512", "how it is proved to the brokers who is asking"),
  username: optional("username", "NAME", "who is asking, with --sasl"),
  passwordFile: optional("passwordFile", "FILE", "the file with the user's password (what ODRADEK_PASSWORD holds)"),
  logLevel: optional("logLevel", "debug|info|warn|error|none", `what is told on stderr (${defaults.logLevel})`)
} as const satisfies Record<Setting, Flag.Flag<Option.Option<string>>>

type SettingFlags<List extends ReadonlyArray<Setting>> = Pick<typeof settingFlags, List[number]>

/** The flags of these settings. */
export const flagsOf = <const List extends ReadonlyArray<Setting>>(list: List): SettingFlags<List> => {
  const flags: Partial<typeof settingFlags> = Object.fromEntries(
    list.map((setting) => [setting, settingFlags[setting]])
  )
  return flags as SettingFlags<List>
}

/** The flags that every command has, also one that tells people alone what it does. */
export const plainFlags = {
  config: optional("config", "FILE", `a file with a JSON object of any of ${settingNames.join(", ")}`),
  quiet: Flag.Boolean("quiet").pipe(Flag.withDescription("no progress on the terminal"), Flag.withDefault(false)),
  logLevel: settingFlags.logLevel
}

/** The flags of a command that programs can read. */
export const commonFlags = {
  ...plainFlags,
  json: Flag.Boolean("json").pipe(
    Flag.withDescription("JSON for programs, on stdout and stderr"),
    Flag.withDefault(false)
  )
}

/** The topic that holds the journals. */
export const topicArgument = Argument.String("topic").pipe(
  Argument.withDescription("the topic that holds the journals")
)

/** The journal in the topic. */
export const idArgument = Argument.String("id").pipe(Argument.withDescription("the id of the journal"))

/** Confirms what cannot be undone. */
export const yesFlag = Flag.Boolean("yes").pipe(
  Flag.withDescription("confirms what cannot be undone; without it nothing is done"),
  Flag.withDefault(false)
)
