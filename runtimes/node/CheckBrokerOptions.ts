import * as Data from "effect/Data"
import type { FsyncPolicy } from "../../core/broker/index.ts"
import { Given } from "../../core/bytes/index.ts"
import type { BrokerOptions } from "./Broker.ts"

/** An option of a broker that makes no sense. `message` is one sentence that says what to give. */
export class BrokerOptionInvalid extends Data.TaggedError("BrokerOptionInvalid")<{
  readonly option: string
  readonly message: string
}> {}

/** An option with a value that it cannot have. */
export const refusedOption = (option: string, value: unknown, allowed: string): BrokerOptionInvalid =>
  new BrokerOptionInvalid({ option, message: `The broker's option ${option} is ${String(value)}: give ${allowed}.` })

const policies = Object.keys({ none: true, interval: true, always: true } satisfies Record<FsyncPolicy, true>)

const text = (need: string) => (value: unknown) => (typeof value === "string" && value !== "" ? undefined : need)
/** How great a number may be depends on others, and is looked at with them. */
const number = (value: unknown) => (typeof value === "number" ? undefined : "a whole number")

/** What each option has to be, where a value of it is none. */
const needs: Readonly<Record<keyof BrokerOptions, (value: unknown) => string | undefined>> = {
  listen: text("a text: host:port, such as 127.0.0.1:9092"),
  advertise: text("a text: host:port, such as 127.0.0.1:9092"),
  data: text("a text: the folder for what is to outlive the process"),
  fsync: (value) => (policies.some((policy) => policy === value) ? undefined : `one of ${policies.join(", ")}`),
  fsyncIntervalMs: number,
  defaultPartitions: number,
  autoCreateTopics: (value) => (typeof value === "boolean" ? undefined : "true or false"),
  groupInitialRebalanceDelayMs: number,
  groupMinSessionTimeoutMs: number,
  nodeId: number,
  recovering: (value) => (typeof value === "function" ? undefined : "a function that is told of the progress")
}

/** Why no broker can be started with what was given, as far as names and kinds tell; a program in JavaScript has no types. */
export const wrongBrokerOptions = (given: unknown): BrokerOptionInvalid | undefined => {
  if (!Given.hasFields(given)) {
    const message = `${Given.wrongOnes("The options of a broker", given, "an object such as { data }, or absent")}.`
    return new BrokerOptionInvalid({ option: "", message })
  }
  const unknown = Given.unknownField(given, Object.keys(needs))
  if (unknown !== undefined) {
    const message = `The options of a broker have ${Given.meansNothing(unknown, Object.keys(needs))}.`
    return new BrokerOptionInvalid({ option: unknown, message })
  }
  for (const [option, needOf] of Object.entries(needs)) {
    const value = given[option]
    const need = value === undefined ? undefined : needOf(value)
    if (need === undefined) continue
    const message = `${Given.wrongOne(`The broker's option ${option}`, value, need)}.`
    return new BrokerOptionInvalid({ option, message })
  }
  return undefined
}
