import * as Data from "effect/Data"
import * as Result from "effect/Result"
import { isTopicName, topicNameRule } from "../../../core/log/index.ts"
import { checkStoreAddress, storeAddresses } from "../OpenStore.ts"

/** Reads what was given for a setting; `undefined` where that is not allowed. */
type Decode<A> = (value: unknown) => A | undefined

const nonEmpty: Decode<string> = (value) => (typeof value === "string" && value !== "" ? value : undefined)

const topicName: Decode<string> = (value) => (typeof value === "string" && isTopicName(value) ? value : undefined)

const addressForm = /^(\[[^\]\s]+\]|[^:\s,]+):\d{1,5}$/

const address: Decode<string> = (value) => (typeof value === "string" && addressForm.test(value) ? value : undefined)

const storeAddress: Decode<string> = (value) =>
  typeof value === "string" && checkStoreAddress(value) === undefined ? value : undefined

const httpUrl: Decode<string> = (value) =>
  typeof value === "string" && /^https?:\/\/[^/\s]/.test(value) && URL.canParse(value) ? value : undefined

const whole: Decode<number> = (value) => {
  const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value
  return typeof number === "number" && Number.isSafeInteger(number) && number >= 1 ? number : undefined
}

const yesOrNo: Decode<boolean> = (value) =>
  typeof value === "boolean" ? value : value === "true" ? true : value === "false" ? false : undefined

const list =
  (member: Decode<string>): Decode<readonly [string, ...ReadonlyArray<string>]> =>
  (value) => {
    const given: unknown = typeof value === "string" ? value.split(",").map((each) => each.trim()) : value
    if (!Array.isArray(given)) return undefined
    const [first, ...rest] = given.flatMap((each) => member(each) ?? [])
    return first === undefined || rest.length + 1 < given.length ? undefined : [first, ...rest]
  }

const oneOf =
  <const A extends string>(values: ReadonlyArray<A>): Decode<A> =>
  (value) =>
    values.find((each) => each === value)

/** Nodes and their addresses: `1=HOST:PORT,2=HOST:PORT`, or an object. */
const peers: Decode<Readonly<Record<number, string>>> = (value) => {
  const pairs: ReadonlyArray<readonly [string, unknown]> =
    typeof value === "string"
      ? value.split(",").map((each) => [each.split("=", 1)[0]?.trim() ?? "", each.slice(each.indexOf("=") + 1).trim()])
      : typeof value === "object" && value !== null
        ? Object.entries(value)
        : []
  const isWrong = ([id, at]: readonly [string, unknown]): boolean =>
    !/^[1-9][0-9]{0,14}$/.test(id) || address(at) === undefined
  if (pairs.length === 0 || pairs.some(isWrong) || new Set(pairs.map(([id]) => id)).size < pairs.length)
    return undefined
  return Object.fromEntries(pairs.map(([id, at]) => [Number(id), String(at)]))
}

/** The values of the settings that have only a few. */
export const choices = {
  client: ["kafkajs", "platformatic"],
  compression: ["none", "gzip", "snappy", "lz4", "zstd"],
  fsync: ["none", "interval", "always"],
  sasl: ["plain", "scram-sha-256", "scram-sha-512"],
  logLevel: ["debug", "info", "warn", "error", "none"]
} as const

/**
 * Everything that can be set, in a file, in the environment or by a flag.
 *
 * **Details**
 *
 * In a file the names are these, in the environment `ODRADEK_` and the name in capitals (`ODRADEK_LOG_LEVEL`), as flags
 * they have dashes (`--log-level`). Lists are arrays, or texts with commas.
 */
const decoders = {
  brokers: list(address),
  store: storeAddress,
  client: oneOf(choices.client),
  compression: oneOf(choices.compression),
  topics: list(topicName),
  group: nonEmpty,
  metrics: address,
  otlp: httpUrl,
  listen: address,
  advertise: address,
  data: nonEmpty,
  fsync: oneOf(choices.fsync),
  fsyncInterval: whole,
  partitions: whole,
  nodeId: whole,
  peers,
  cluster: nonEmpty,
  http: address,
  httpCertificate: nonEmpty,
  httpKey: nonEmpty,
  httpAuthority: nonEmpty,
  tokensFile: nonEmpty,
  tls: yesOrNo,
  tlsCertificate: nonEmpty,
  tlsKey: nonEmpty,
  tlsAuthority: nonEmpty,
  sasl: oneOf(choices.sasl),
  username: nonEmpty,
  passwordFile: nonEmpty,
  logLevel: oneOf(choices.logLevel)
}

/** The name of a setting. */
export type Setting = keyof typeof decoders

/** The settings, decoded. */
export type Settings = { readonly [K in Setting]?: NonNullable<ReturnType<(typeof decoders)[K]>> }

const allowed: Readonly<Record<Setting, string>> = {
  brokers: "HOST:PORT, or several with commas between them",
  store: storeAddresses,
  client: "kafkajs or platformatic",
  compression: "none, gzip, snappy, lz4 or zstd",
  topics: `the name of a topic, or several with commas between them: ${topicNameRule}`,
  group: "the name of a group",
  metrics: "HOST:PORT; port 0 takes a free one",
  otlp: "the URL of an OpenTelemetry collector, such as http://127.0.0.1:4318",
  listen: "HOST:PORT; port 0 takes a free one",
  advertise: "HOST:PORT",
  data: "the path of a folder",
  fsync: "none, interval or always",
  fsyncInterval: "a whole number of milliseconds from 1",
  partitions: "a whole number from 1",
  nodeId: "a whole number from 1",
  peers: "1=HOST:PORT,2=HOST:PORT and so on, each node once",
  cluster: "the name of a cluster",
  http: "HOST:PORT; port 0 takes a free one",
  httpCertificate: "the path of a file",
  httpKey: "the path of a file",
  httpAuthority: "the path of a file",
  tokensFile: "the path of a file",
  tls: "true or false",
  tlsCertificate: "the path of a file",
  tlsKey: "the path of a file",
  tlsAuthority: "the path of a file",
  sasl: "plain, scram-sha-256 or scram-sha-512",
  username: "the name of a user",
  passwordFile: "the path of a file",
  logLevel: "debug, info, warn, error or none"
}

/** What a command takes where nothing is set. */
export const defaults = {
  brokers: ["127.0.0.1:9092"],
  store: "memory:",
  client: "kafkajs",
  compression: "none",
  listen: "127.0.0.1:9092",
  cluster: "odradek",
  logLevel: "info"
} as const satisfies Partial<Settings>

/** A setting that cannot be used: which one, where it comes from, and what is allowed. */
export class SettingError extends Data.TaggedError("SettingError")<{
  readonly setting: string
  readonly source: string
  readonly message: string
}> {}

/** What was given where, before it is decoded. `path` names the file for people. */
export interface Sources {
  readonly flags: Readonly<Record<string, unknown>>
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly file?: { readonly path: string; readonly settings: Readonly<Record<string, unknown>> }
}

const words = (setting: string): ReadonlyArray<string> => setting.split(/(?=[A-Z])/).map((word) => word.toLowerCase())

/** The flag of a setting, with its dashes. */
export const flagOf = (setting: string): string => `--${words(setting).join("-")}`

/** The environment variable of a setting. */
export const variableOf = (setting: string): string => `ODRADEK_${words(setting).join("_").toUpperCase()}`

interface Given {
  readonly value: unknown
  readonly name: string
  readonly source: string
}

const given = (setting: Setting, { environment, file, flags }: Sources): Given | undefined => {
  const flag = flags[setting]
  if (flag !== undefined) return { value: flag, name: flagOf(setting), source: "the command line" }
  const variable = environment[variableOf(setting)]
  if (variable !== undefined) return { value: variable, name: variableOf(setting), source: "the environment" }
  const filed = file?.settings[setting]
  return filed === undefined ? undefined : { value: filed, name: `"${setting}"`, source: file?.path ?? "the file" }
}

/** The names of all settings, as a file has them. */
export const settingNames: ReadonlyArray<string> = Object.keys(decoders)

const unknownIn = ({ file }: Sources): SettingError | undefined => {
  const setting = Object.keys(file?.settings ?? {}).find((name) => !settingNames.includes(name))
  if (setting === undefined || file === undefined) return undefined
  const message = `"${setting}" in ${file.path} is no setting: write one of ${settingNames.join(", ")}.`
  return new SettingError({ setting, source: file.path, message })
}

/**
 * Decodes the settings that a command uses: flags go before the environment, and that before the file.
 *
 * **Details**
 *
 * What is set nowhere is absent. A file may hold more settings than one command uses, but no others than there are.
 */
export const resolveSettings = <K extends Setting>(
  used: ReadonlyArray<K>,
  sources: Sources
): Result.Result<Pick<Settings, K>, SettingError> => {
  const unknown = unknownIn(sources)
  if (unknown !== undefined) return Result.fail(unknown)
  let settings: Settings = {}
  for (const setting of used) {
    const one = given(setting, sources)
    if (one === undefined) continue
    const decoded = decoders[setting](one.value)
    if (decoded === undefined) {
      const { name, source, value } = one
      const wrong = setting === "store" && typeof value === "string" ? checkStoreAddress(value) : undefined
      const message =
        wrong === undefined
          ? `${name} from ${source} is ${JSON.stringify(value)}: give ${allowed[setting]}.`
          : `${name} from ${source} is ${JSON.stringify(wrong.address)}, which names no store, because ${wrong.detail}.`
      return Result.fail(new SettingError({ setting, source, message }))
    }
    settings = { ...settings, [setting]: decoded }
  }
  return Result.succeed(settings)
}
