/** One setting of topics: its default as text, and whether a text is a value of it. */
interface ConfigKind {
  readonly fallback: string
  readonly accepts: (value: string) => boolean
}

const integer = (fallback: string, min: number, max = Number.MAX_SAFE_INTEGER): ConfigKind => ({
  fallback,
  accepts: (value) => /^-?\d{1,16}$/.test(value) && Number(value) >= min && Number(value) <= max
})

const fraction = (fallback: string): ConfigKind => ({
  fallback,
  accepts: (value) => /^(0(\.\d+)?|1(\.0+)?)$/.test(value)
})

const oneOf = (fallback: string, ...others: ReadonlyArray<string>): ConfigKind => ({
  fallback,
  accepts: (value) => value === fallback || others.includes(value)
})

const int32Max = 0x7fff_ffff
const forever = "9223372036854775807"

const kinds: ReadonlyMap<string, ConfigKind> = new Map([
  ["cleanup.policy", oneOf("delete", "compact", "compact,delete", "delete,compact")],
  ["compression.type", oneOf("producer")],
  ["delete.retention.ms", integer("86400000", 0)],
  ["file.delete.delay.ms", integer("60000", 0)],
  ["flush.messages", { ...integer(forever, 1), accepts: (value) => /^[1-9]\d{0,18}$/.test(value) }],
  ["flush.ms", { ...integer(forever, 0), accepts: (value) => /^\d{1,19}$/.test(value) }],
  ["index.interval.bytes", integer("4096", 0, int32Max)],
  ["max.compaction.lag.ms", { ...integer(forever, 1), accepts: (value) => /^[1-9]\d{0,18}$/.test(value) }],
  ["max.message.bytes", integer("1048588", 0, int32Max)],
  ["message.timestamp.type", oneOf("CreateTime")],
  ["min.cleanable.dirty.ratio", fraction("0.5")],
  ["min.compaction.lag.ms", integer("0", 0)],
  ["min.insync.replicas", integer("1", 1, 1)],
  ["preallocate", oneOf("false", "true")],
  ["retention.bytes", integer("-1", -1)],
  ["retention.ms", integer("604800000", -1)],
  ["segment.bytes", integer("1073741824", 1024, int32Max)],
  ["segment.index.bytes", integer("10485760", 4, int32Max)],
  ["segment.jitter.ms", integer("0", 0)],
  ["segment.ms", integer("604800000", 1)],
  ["unclean.leader.election.enable", oneOf("false", "true")]
])

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

/** Every setting of a topic with its value, and whether the topic itself has set it. */
export const allConfigs = (
  configs: TopicConfigs
): ReadonlyArray<{ readonly name: string; readonly value: string; readonly isSet: boolean }> =>
  Array.from(kinds, ([name, { fallback }]) => {
    const value = configs.get(name)
    return { name, value: value ?? fallback, isSet: value !== undefined }
  })
