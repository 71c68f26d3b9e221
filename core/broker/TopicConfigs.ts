/** What a setting's value is, as DescribeConfigs numbers it. */
export const configTypes = { boolean: 1, string: 2, int: 3, long: 5, double: 6, list: 7 } as const

/** Where a setting's value comes from, as DescribeConfigs numbers it. */
export const configSources = { topic: 1, broker: 4, default: 5 } as const

/** The name of a kind of value. */
export type ConfigType = keyof typeof configTypes

/**
 * One setting of topics: its default as text, whether a text is a value of it, and the broker's setting that gives the
 * default in Kafka.
 */
interface ConfigKind {
  readonly type: ConfigType
  readonly broker: string
  readonly fallback: string
  readonly accepts: (value: string) => boolean
}

type Kind = Omit<ConfigKind, "broker">

const int32Max = 0x7fff_ffff
const forever = "9223372036854775807"

const integer = (type: "int" | "long", fallback: string, min: number, max = Number.MAX_SAFE_INTEGER): Kind => ({
  type,
  fallback,
  accepts: (value) => /^-?\d{1,16}$/.test(value) && Number(value) >= min && Number(value) <= max
})

const int = (fallback: string, min: number, max = int32Max): Kind => integer("int", fallback, min, max)
const long = (fallback: string, min: number): Kind => integer("long", fallback, min)

/** A number that is without bound by default, and at least `min`, 0 or 1. */
const boundless = (min: 0 | 1): Kind => ({
  type: "long",
  fallback: forever,
  accepts: (value) => (min === 0 ? /^\d{1,19}$/ : /^[1-9]\d{0,18}$/).test(value)
})

const fraction = (fallback: string): Kind => ({
  type: "double",
  fallback,
  accepts: (value) => /^(0(\.\d{1,16})?|1(\.0{1,16})?)$/.test(value)
})

const oneOf = (type: ConfigType, fallback: string, ...others: ReadonlyArray<string>): Kind => ({
  type,
  fallback,
  accepts: (value) => value === fallback || others.includes(value)
})

/** Kafka's own defaults, but that records are kept for ever: none is deleted that nobody has said so of. */
const table: ReadonlyArray<readonly [name: string, broker: string, kind: Kind]> = [
  ["cleanup.policy", "log.cleanup.policy", oneOf("list", "delete", "compact", "compact,delete", "delete,compact")],
  ["compression.type", "compression.type", oneOf("string", "producer")],
  ["delete.retention.ms", "log.cleaner.delete.retention.ms", long("86400000", 0)],
  ["file.delete.delay.ms", "log.segment.delete.delay.ms", long("60000", 0)],
  ["flush.messages", "log.flush.interval.messages", boundless(1)],
  ["flush.ms", "log.flush.interval.ms", boundless(0)],
  ["index.interval.bytes", "log.index.interval.bytes", int("4096", 0)],
  ["max.compaction.lag.ms", "log.cleaner.max.compaction.lag.ms", boundless(1)],
  ["max.message.bytes", "message.max.bytes", int("1048588", 0)],
  ["message.timestamp.type", "log.message.timestamp.type", oneOf("string", "CreateTime")],
  ["min.cleanable.dirty.ratio", "log.cleaner.min.cleanable.ratio", fraction("0.5")],
  ["min.compaction.lag.ms", "log.cleaner.min.compaction.lag.ms", long("0", 0)],
  ["min.insync.replicas", "min.insync.replicas", int("1", 1, 1)],
  ["preallocate", "log.preallocate", oneOf("boolean", "false", "true")],
  ["retention.bytes", "log.retention.bytes", long("-1", -1)],
  ["retention.ms", "log.retention.ms", long("-1", -1)],
  ["segment.bytes", "log.segment.bytes", int("1073741824", 1024)],
  ["segment.index.bytes", "log.index.size.max.bytes", int("10485760", 4)],
  ["segment.jitter.ms", "log.roll.jitter.ms", long("0", 0)],
  ["segment.ms", "log.roll.ms", long("604800000", 1)],
  ["unclean.leader.election.enable", "unclean.leader.election.enable", oneOf("boolean", "false", "true")]
]

const kinds: ReadonlyMap<string, ConfigKind> = new Map(table.map(([name, broker, kind]) => [name, { broker, ...kind }]))

/** The settings of one topic that differ from the defaults, as texts by Kafka's names. */
export type TopicConfigs = ReadonlyMap<string, string>

/** Why a topic cannot have this setting; `undefined` when it can. */
export const configFault = (name: string, value: string | null): string | undefined => {
  const kind = kinds.get(name)
  if (kind === undefined) return `There is no topic setting ${name}.`
  if (value === null) return `The topic setting ${name} needs a value.`
  return kind.accepts(value) ? undefined : `The topic setting ${name} cannot be ${value} on this broker.`
}

/** What a setting of a topic is, whether it was set or not. */
export const configValue = (configs: TopicConfigs, name: string): string =>
  configs.get(name) ?? kinds.get(name)?.fallback ?? ""

/** A setting of a topic that is a number. */
export const configNumber = (configs: TopicConfigs, name: string): number => Number(configValue(configs, name))

/** A setting of a topic: its value, the default that the broker has for it, and whether the topic itself has set it. */
export interface TopicConfig {
  readonly name: string
  readonly value: string
  readonly isSet: boolean
  readonly type: ConfigType
  readonly fallback: string
  /** The broker's setting that the default comes from. */
  readonly broker: string
}

/** Every setting of a topic. */
export const allConfigs = (configs: TopicConfigs): ReadonlyArray<TopicConfig> =>
  Array.from(kinds, ([name, { broker, fallback, type }]) => {
    const value = configs.get(name)
    return { name, value: value ?? fallback, isSet: value !== undefined, type, fallback, broker }
  })
