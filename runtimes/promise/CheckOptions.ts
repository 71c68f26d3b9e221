import { Given } from "../../core/bytes/index.ts"
import type { BrokerTls, SaslMechanism } from "../../core/client/index.ts"
import { isTopicName, wrongTopicName } from "../../core/log/index.ts"
import type { CompressionCodec } from "../../core/log/index.ts"
import { type LogClient, storeAddresses } from "../node/index.ts"
import type { Credentials, JournalsOptions, ReplicateOptions } from "./JournalsOptions.ts"

/** The names of all fields; the types hold them complete. */
const namesOf = (fields: Readonly<Record<string, true>>): ReadonlyArray<string> => Object.keys(fields)

const optionFields = namesOf({
  brokers: true,
  topic: true,
  store: true,
  payload: true,
  origin: true,
  client: true,
  compression: true,
  tls: true,
  sasl: true,
  headCache: true,
  log: true
} satisfies Record<keyof JournalsOptions<unknown>, true>)

const tlsFields = namesOf({ ca: true, certificate: true, key: true, anyName: true } satisfies Record<
  keyof BrokerTls,
  true
>)

const saslFields = namesOf({ mechanism: true, username: true, password: true } satisfies Record<
  keyof Credentials,
  true
>)

const replicateFields = namesOf({ group: true } satisfies Record<keyof ReplicateOptions, true>)

const clients = namesOf({ kafkajs: true, platformatic: true } satisfies Record<LogClient, true>)

const compressions = namesOf({ none: true, gzip: true, snappy: true, lz4: true, zstd: true } satisfies Record<
  CompressionCodec,
  true
>)

const mechanisms = namesOf({ plain: true, "scram-sha-256": true, "scram-sha-512": true } satisfies Record<
  SaslMechanism,
  true
>)

/** What is wrong with a value, as a sentence without its end. */
type Check = (value: unknown) => string | undefined

const isSaid = (said: string | undefined): said is string => said !== undefined

const oneOf = (name: string, values: ReadonlyArray<string>, value: unknown): string | undefined => {
  if (values.some((each) => each === value)) return undefined
  const quoted = values.map((each) => JSON.stringify(each))
  return Given.wrongOne(name, value, `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`)
}

const brokersCheck: Check = (value) => {
  if (!Array.isArray(value) || value.length === 0) {
    return Given.wrongOne("`brokers`", value, 'a list of host:port addresses, such as ["127.0.0.1:9092"]')
  }
  const at = value.findIndex((each) => typeof each !== "string")
  return at === -1 ? undefined : Given.wrongOne(`\`brokers[${at}]\``, value[at], "a text, host:port")
}

const topicCheck: Check = (value) => {
  if (typeof value !== "string")
    return Given.wrongOne("`topic`", value, "a text: the name of the topic with the journals")
  return isTopicName(value) ? undefined : wrongTopicName(value).slice(0, -1)
}

const tlsCheck: Check = (value) => {
  if (value === true) return undefined
  if (!Given.hasFields(value))
    return Given.wrongOne("`tls`", value, `true or an object with some of ${tlsFields.join(", ")}`)
  const field = Given.unknownField(value, tlsFields)
  if (field !== undefined) return `\`tls\` has ${Given.meansNothing(field, tlsFields)}`
  if (value["anyName"] !== undefined && typeof value["anyName"] !== "boolean") {
    return Given.wrongOne("`tls.anyName`", value["anyName"], "true or false")
  }
  return ["ca", "certificate", "key"].map((name) => Given.wrongText(`\`tls.${name}\``, value[name])).find(isSaid)
}

/** What was given as a password is not shown. */
const saslCheck: Check = (value) => {
  if (!Given.hasFields(value)) return `\`sasl\` has to be an object with ${saslFields.join(", ")}`
  const field = Given.unknownField(value, saslFields)
  if (field !== undefined) return `\`sasl\` has ${Given.meansNothing(field, saslFields)}`
  const { mechanism, password, username } = value
  const wrong = oneOf("`sasl.mechanism`", mechanisms, mechanism)
  if (wrong !== undefined) return wrong
  if (typeof username !== "string") return Given.wrongOne("`sasl.username`", username, "a text")
  if (typeof password !== "string") return `\`sasl.password\` is of type ${typeof password}, and has to be a text`
  return undefined
}

const isCodec = (value: unknown): boolean =>
  Given.hasFields(value) && typeof value["encode"] === "function" && typeof value["decode"] === "function"

const needed: Readonly<Record<string, Check>> = {
  brokers: brokersCheck,
  topic: topicCheck,
  store: (value) =>
    typeof value === "string" ? undefined : Given.wrongOne("`store`", value, `a text: write ${storeAddresses}`)
}

const optional: Readonly<Record<string, Check>> = {
  payload: (value) =>
    isCodec(value)
      ? undefined
      : Given.wrongOne("`payload`", value, "a codec such as `jsonPayload` or `schemaPayload(Order)`"),
  origin: (value) => Given.wrongText("`origin`", value),
  client: (value) => oneOf("`client`", clients, value),
  compression: (value) => oneOf("`compression`", compressions, value),
  tls: tlsCheck,
  sasl: saslCheck,
  headCache: (value) =>
    typeof value === "boolean" ? undefined : Given.wrongOne("`headCache`", value, "true or false"),
  log: (value) =>
    typeof value === "function" ? undefined : Given.wrongOne("`log`", value, "a function that takes a line of text")
}

/** Why no journals can be opened with these options, as far as the options tell: one sentence. */
export const wrongOptions = (given: unknown): string | undefined => {
  const said = optionsCheck(given)
  return said === undefined ? undefined : `${said}.`
}

const optionsCheck: Check = (given) => {
  if (!Given.hasFields(given))
    return Given.wrongOnes("The options", given, "an object with `brokers`, `topic` and `store`")
  const field = Given.unknownField(given, optionFields)
  if (field !== undefined) return `The options have ${Given.meansNothing(field, optionFields)}`
  const wrong = Object.entries(needed)
    .map(([name, check]) => check(given[name]))
    .find(isSaid)
  if (wrong !== undefined) return wrong
  return Object.entries(optional)
    .map(([name, check]) => (given[name] === undefined ? undefined : check(given[name])))
    .find(isSaid)
}

/** Why nothing can be replicated with these options: one sentence. */
export const wrongReplicateOptions = (given: unknown): string | undefined => {
  if (!Given.hasFields(given))
    return `${Given.wrongOnes("The options of a replicator", given, "an object such as { group }")}.`
  const field = Given.unknownField(given, replicateFields)
  if (field !== undefined) return `The options of a replicator have ${Given.meansNothing(field, replicateFields)}.`
  const { group } = given
  if (group === undefined || (typeof group === "string" && group !== "")) return undefined
  return `${Given.wrongOne("`group`", group, "a text: the name of the group")}.`
}
