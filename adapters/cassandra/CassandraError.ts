import type { JournalStoreErrorReason } from "../../core/ports/index.ts"
import { failureOf, later, lost, refused, unanswered } from "../../core/store/index.ts"
import type { Diagnosis as StoreDiagnosis, RequestFailure as StoreRequestFailure } from "../../core/store/index.ts"

/** The keyspace that a store works on, for people: its name and where it is. */
export interface KeyspacePlace {
  readonly keyspace: string
  readonly contactPoints: ReadonlyArray<string>
}

/** The keyspace with its place, as a part of a sentence. */
export const describeKeyspace = ({ contactPoints, keyspace }: KeyspacePlace): string =>
  `Cassandra keyspace ${keyspace}${contactPoints.length === 0 ? "" : ` (at ${contactPoints.join(", ")})`}`

/**
 * A request that did not succeed.
 *
 * - `Exists`: what is to be created or added is there already
 */
export type RequestFailure = StoreRequestFailure<"Exists">

/** What the driver's errors say of themselves: `code` is the protocol's or the socket's, `innerErrors` are those of hosts. */
interface Cause {
  readonly name: string
  readonly message: string
  readonly code?: unknown
  readonly innerErrors?: unknown
  /** Of a consistency that cannot be given: its number, how many replicas it needs, and how many are up. */
  readonly consistencies?: unknown
  readonly required?: unknown
  readonly alive?: unknown
  /** The connection ended before the request was answered. */
  readonly isSocketError?: unknown
}

type Diagnosis = StoreDiagnosis<"Exists">

const advice = "check that it is up, its hosts and its port"

/** Error codes of the native protocol (section 9 of its specification, version 4). */
const badCredentials = 0x0100
const unavailable = 0x1000
const unauthorized = 0x2100
const invalid = 0x2200
const alreadyExists = 0x2400
const passing = new Map([
  [0x0000, "failed by itself"],
  [0x1001, "is overloaded"],
  [0x1002, "is starting"],
  [0x1003, "failed to truncate"],
  [0x1100, "has not written to enough replicas in time"],
  [0x1200, "has not read from enough replicas in time"],
  [0x1300, "failed to read from its replicas"],
  [0x1500, "failed to write to its replicas"],
  [0x1700, "has not agreed with its replicas in time"]
])

const wrongCredentials = (message: string, place: KeyspacePlace): Diagnosis => {
  const keyspace = describeKeyspace(place)
  return refused(
    "Failed",
    /requires authentication|must not be null/i.test(message)
      ? `${keyspace} asks for a user and a password (${message}): give both, as credentials, or to the command line as USER@ in the address and in ODRADEK_STORE_PASSWORD.`
      : `${keyspace} does not accept the credentials (${message}): correct them.`
  )
}

/** Consistencies by their numbers in the native protocol, as the store's options call them. */
const consistencyNames = [
  "any",
  "one",
  "two",
  "three",
  "quorum",
  "all",
  "localQuorum",
  "eachQuorum",
  "serial",
  "localSerial",
  "localOne"
]

/** Those that ask for no more than the default does: less would let a read miss what was written. */
const modest: ReadonlyArray<string> = ["any", "one", "localQuorum", "localOne"]

/** Repeated only where the cluster has so many nodes: in one that is too small no node comes up that has the replica. */
const tooFewReplicas = ({ alive, consistencies, required }: Cause, place: KeyspacePlace, nodes: number): Diagnosis => {
  const name = consistencyNames[Number(consistencies)] ?? String(consistencies)
  const less = modest.includes(name) ? [] : ["ask for less, with consistency=localQuorum in an address"]
  const listed = (advice: ReadonlyArray<string>): string => [...advice, ...less].join(", or ")
  const said = `${describeKeyspace(place)} has ${String(alive)} of the ${String(required)} replicas up that the consistency ${name} needs`
  if (nodes >= Number(required)) return later(`${said}: ${listed(["start its nodes"])}.`)
  const size = `${nodes} ${nodes === 1 ? "node" : "nodes"}`
  const advice = listed(["add nodes", "lower its replication factor"])
  return refused("Unreachable", `${said}, and its cluster has ${size} in all: ${advice}.`)
}

const diagnoseCode = (cause: Cause, code: number, place: KeyspacePlace, nodes: number): Diagnosis => {
  const keyspace = describeKeyspace(place)
  const { message } = cause
  if (code === unavailable) return tooFewReplicas(cause, place, nodes)
  const what = passing.get(code)
  if (what !== undefined && !/too large|too big/i.test(message)) {
    return later(`${keyspace} ${what} (${message}): check its nodes, or try again.`)
  }
  if (code === badCredentials) return wrongCredentials(message, place)
  if (code === unauthorized) {
    return refused("Failed", `${keyspace} denies access (${message}): grant this program's role what it says.`)
  }
  if (code === alreadyExists || (code === invalid && /conflicts with an existing|already exists/i.test(message))) {
    return { kind: "Exists", reason: "Schema", message: `${keyspace} has that already (${message}).` }
  }
  if (code === invalid && /keyspace|table|column|unconfigured|undefined/i.test(message)) {
    return refused(
      "Schema",
      `${keyspace} has not the tables of a journal (${message}): let a replicator make them, or correct the keyspace's name.`
    )
  }
  return refused("Failed", `${keyspace} refused the operation (${message}): correct that and try again.`)
}

const asCause = (thrown: unknown): Cause => (thrown instanceof Error ? thrown : new Error(String(thrown)))

const innerCauses = ({ innerErrors }: Cause): ReadonlyArray<Cause> =>
  typeof innerErrors === "object" && innerErrors !== null ? Object.values(innerErrors).map(asCause) : []

const isAboutTls = ({ code, message }: Cause): boolean =>
  /certificate|self.signed|SSL|TLS/i.test(message) || (typeof code === "string" && /CERT|TLS|SSL/.test(code))

const isAboutDataCenter = ({ message, name }: Cause): boolean =>
  name === "ArgumentError" && message.includes("localDataCenter")

const wrongDataCenter = ({ message }: Cause, place: KeyspacePlace): Diagnosis =>
  refused("Failed", `${describeKeyspace(place)} is not in the data centre that is named (${message}): name another.`)

const diagnoseHosts = (cause: Cause, place: KeyspacePlace, nodes: number): Diagnosis => {
  const keyspace = describeKeyspace(place)
  const causes = innerCauses(cause)
  const denied = causes.find(({ name }) => name === "AuthenticationError")
  if (denied !== undefined) return wrongCredentials(denied.message, place)
  const elsewhere = causes.find(isAboutDataCenter)
  if (elsewhere !== undefined) return wrongDataCenter(elsewhere, place)
  const insecure = causes.find(isAboutTls)
  if (insecure !== undefined) {
    return refused(
      "Failed",
      `${keyspace} and this program do not agree on TLS (${insecure.message}): correct its settings, which are tls, ca, cert, key and serverName in an address.`
    )
  }
  const answered = causes.find(({ name }) => name === "ResponseError")
  if (answered !== undefined && typeof answered.code === "number") {
    return diagnoseCode(answered, answered.code, place, nodes)
  }
  const detail = causes[0]?.message ?? cause.message
  return lost(`${keyspace} cannot be reached (${detail}): ${advice}.`)
}

/** The driver has no connection to send a request by, or has lost the one that it was sent by. */
const isWithoutConnection = ({ isSocketError, message, name }: Cause): boolean =>
  isSocketError === true ||
  name === "DriverError" ||
  name === "DriverInternalError" ||
  /^No connection available|^Connection closed/.test(message)

const diagnose = (cause: Cause, place: KeyspacePlace, nodes: number): Diagnosis => {
  const { code, message, name } = cause
  const keyspace = describeKeyspace(place)
  switch (name) {
    case "NoHostAvailableError":
      return diagnoseHosts(cause, place, nodes)
    case "AuthenticationError":
      return wrongCredentials(message, place)
    case "OperationTimedOutError":
    case "BusyConnectionError":
      return later(`${keyspace} does not answer in time (${message}): check that it is up and has capacity left.`)
    case "ResponseError":
      return diagnoseCode(cause, typeof code === "number" ? code : -1, place, nodes)
  }
  if (isAboutDataCenter(cause)) return wrongDataCenter(cause, place)
  if (isWithoutConnection(cause) || (typeof code === "string" && /^E[A-Z]+/.test(code))) {
    return lost(`${keyspace} cannot be reached (${message}): ${advice}.`)
  }
  return refused("Failed", `${keyspace} refused the operation (${message}): correct that and try again.`)
}

/** Turns whatever a request threw into its failure; `nodes` is how many the cluster has, up or not, where that is known. */
export const requestFailure = (
  operation: string,
  place: KeyspacePlace,
  thrown: unknown,
  nodes: number = Infinity
): RequestFailure => failureOf(operation, diagnose(asCause(thrown), place, nodes), thrown)

/** The failure of a request that was not answered in time. */
export const lateRequest = (operation: string, place: KeyspacePlace, timeoutMs: number): RequestFailure =>
  failureOf(operation, unanswered(describeKeyspace(place), timeoutMs, advice))

/** A failure that no repetition mends. */
export const refusal = (reason: JournalStoreErrorReason, operation: string, message: string): RequestFailure =>
  failureOf(operation, refused(reason, message))
