import type { VersionRange } from "../../../../core/protocol/index.ts"
import { type Check, check, inClauses } from "./Check.ts"
import { counted, durationText } from "./Words.ts"

/**
 * How an address was found: it answered after so many milliseconds, or the sentence says why not. `isThere` is whether
 * somebody is there nevertheless, and wants something else.
 */
export type Reached =
  | { readonly address: string; readonly ms: number }
  | { readonly address: string; readonly failure: string; readonly isThere: boolean }

const startOne = "start one with `odradek broker`, or name another with --brokers"

/** Which of the addresses that were given answer. One that does is enough to go on with. */
export const brokerChecks = (tried: ReadonlyArray<Reached>): ReadonlyArray<Check> => {
  const reached = tried.some((each) => "ms" in each)
  return tried.map((each) => {
    const { fail, ok, warn } = check("broker", each.address)
    if ("ms" in each) return ok(`${each.address} answers after ${durationText(each.ms)}`)
    const { advice, message } = inClauses(each.failure)
    if (each.isThere) return fail(message, advice ?? "see the broker's own log")
    return reached ? warn(message, "start it, or leave it out of --brokers") : fail(message, startOne)
  })
}

/** An API that is needed, and for what. */
export interface NeededApi {
  readonly name: string
  readonly apiKey: number
  readonly range: VersionRange
  readonly purpose: string
}

const rangeText = ({ max, min }: VersionRange): string => (min === max ? `${min}` : `${min} to ${max}`)

/** Whether the broker has a version of every API that is needed. */
export const versionsCheck = (
  address: string,
  listed: ReadonlyMap<number, VersionRange>,
  needed: ReadonlyArray<NeededApi>
): Check => {
  const { fail, ok } = check("versions", address)
  const missing = needed.flatMap(({ apiKey, name, purpose, range }) => {
    const theirs = listed.get(apiKey)
    if (theirs !== undefined && theirs.min <= range.max && theirs.max >= range.min) return []
    const has = theirs === undefined ? "the broker has none" : `the broker has ${rangeText(theirs)}`
    return [`${name} ${rangeText(range)} for ${purpose} (${has})`]
  })
  return missing.length === 0
    ? ok(`the broker speaks all of ${[...new Set(needed.map(({ name }) => name))].join(", ")}`)
    : fail(
        `no common version of ${missing.join("; ")}`,
        "use Apache Kafka 0.11 or newer, or `odradek broker`, at a port for clients, which a controller's is not"
      )
}

/** A broker of the cluster, and why it was not reached where it says it is. */
export interface AdvertisedBroker {
  readonly nodeId: number
  readonly address: string
  readonly failure: string | undefined
}

/** What the cluster is, and whether its brokers are found where they send clients. */
export const clusterChecks = (
  clusterId: string | undefined,
  brokers: ReadonlyArray<AdvertisedBroker>
): ReadonlyArray<Check> => {
  const lost = brokers.flatMap(({ address, failure, nodeId }) => {
    if (failure === undefined) return []
    const { message } = inClauses(failure)
    return [
      check("advertised", address).fail(
        `broker ${nodeId} is not reached at ${address}, where it sends its clients (${message})`,
        "correct what it advertises (advertised.listeners, or --advertise), or make this machine find that address"
      )
    ]
  })
  const { ok } = check("cluster", clusterId)
  const found = ok(`cluster ${clusterId ?? "without an id"} has ${counted(brokers.length, "broker")}`)
  if (lost.length > 0) return [found, ...lost]
  const there = brokers.length === 1 ? "the broker is" : "all brokers are"
  return [found, check("advertised").ok(`${there} reached at the address that clients are sent to`)]
}
