import { failureOf, later, lost, refused, unanswered } from "../../core/store/index.ts"
import type { Diagnosis as StoreDiagnosis, RequestFailure as StoreRequestFailure } from "../../core/store/index.ts"

/** The table that a store works on, for people: its name and where it is. */
export interface TablePlace {
  readonly table: string
  readonly region: string
  readonly endpoint: string | undefined
}

/** The table with its place, as a part of a sentence. */
export const describeTable = ({ endpoint, region, table }: TablePlace): string =>
  `DynamoDB table ${table} (${endpoint === undefined ? `region ${region}` : `at ${endpoint}`})`

/**
 * A request that did not succeed.
 *
 * - `Condition`: the condition of a write does not hold
 * - `NoTable`: there is no such table, or it is being made
 * - `TableInUse`: there is such a table already
 */
export type RequestFailure = StoreRequestFailure<OwnKind>

type OwnKind = "Condition" | "NoTable" | "TableInUse"

/** What DynamoDB's errors say of themselves; `code` is a network error's. */
interface Cause {
  readonly name: string
  readonly message: string
  readonly code?: unknown
  readonly $metadata?: { readonly httpStatusCode?: unknown }
}

type Diagnosis = StoreDiagnosis<OwnKind>

const advice = "check that it is up, and the region and the endpoint"

const throttled = (place: TablePlace): Diagnosis =>
  later(`${describeTable(place)} is throttled: give it more capacity, or write to it more slowly.`)

const diagnoseName = ({ message, name }: Cause, place: TablePlace): Diagnosis | undefined => {
  const table = describeTable(place)
  switch (name) {
    case "ConditionalCheckFailedException":
      return { kind: "Condition", reason: "Fenced", message: `Another program has written to ${table}: start again.` }
    case "ResourceNotFoundException":
      return {
        kind: "NoTable",
        reason: "Failed",
        message: `${table} does not exist: let a replicator make it, or correct the table's name or its region.`
      }
    case "ResourceInUseException":
    case "TableAlreadyExistsException":
      return { kind: "TableInUse", reason: "Failed", message: `${table} is being changed: try again in a minute.` }
    case "ProvisionedThroughputExceededException":
    case "ThrottlingException":
    case "RequestLimitExceeded":
    case "LimitExceededException":
      return throttled(place)
    case "ReplicatedWriteConflictException":
    case "TransactionInProgressException":
    case "TransactionConflictException":
      return later(`${table} is busy with another write to the same item: try again.`)
    case "CredentialsProviderError":
      return refused(
        "Failed",
        `There are no AWS credentials for ${table}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give this machine a role.`
      )
    case "ExpiredTokenException":
    case "ExpiredToken":
      return refused(
        "Failed",
        `The AWS credentials for ${table} have expired: sign in again and start this program anew.`
      )
    case "UnrecognizedClientException":
    case "InvalidSignatureException":
    case "IncompleteSignatureException":
    case "MissingAuthenticationTokenException":
    case "InvalidClientTokenId":
      return refused("Failed", `AWS does not accept the credentials for ${table} (${message}): correct them.`)
    case "AccessDeniedException":
      return refused("Failed", `AWS denies access to ${table} (${message}): allow this program's role what it says.`)
    default:
      return undefined
  }
}

const networkErrors = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EPIPE",
  "ETIMEDOUT",
  "EAI_AGAIN"
])

const diagnoseNetwork = (place: TablePlace, name: string, code: string, said: string): Diagnosis | undefined => {
  const table = describeTable(place)
  if (code === "ENOTFOUND")
    return lost(`The host of ${table} is unknown (${said}): correct the region or the endpoint.`)
  if (name === "TimeoutError" || networkErrors.has(code)) {
    return lost(`${table} cannot be reached (${said || code}): ${advice}.`)
  }
  if (code === "EPROTO") {
    return refused("Failed", `${table} does not speak TLS at this endpoint: write http:// there, or name another port.`)
  }
  if (/CERT|SELF_SIGNED|^UNABLE_TO_|^ERR_TLS/.test(code)) {
    return refused(
      "Failed",
      `The certificate of ${table} is not trusted (${said}): name the host that it is for, and its authority in NODE_EXTRA_CA_CERTS.`
    )
  }
  // DynamoDB names the kind of each of its errors; the driver calls one without a name unknown.
  if (code.startsWith("HPE_") || name === "SyntaxError" || name === "Unknown") {
    return refused(
      "Failed",
      `What answers for ${table} is no DynamoDB: check the endpoint, its port and its http(s)://.`
    )
  }
  return undefined
}

const diagnoseOther = (operation: string, place: TablePlace, cause: Cause): Diagnosis => {
  const table = describeTable(place)
  const { name } = cause
  const said = cause.message.trim().replace(/\s+/g, " ")
  const code = typeof cause.code === "string" ? cause.code : ""
  const status = cause.$metadata?.httpStatusCode
  if (typeof status === "number" && status >= 500) {
    return later(`${table} failed by itself (${said || status}): try again.`)
  }
  const network = diagnoseNetwork(place, name, code, said)
  if (network !== undefined) return network
  if (name === "ValidationException" && /key|schema/i.test(said)) {
    return refused("Schema", `${table} is no journal's (${said}): name another table.`)
  }
  return refused(
    "Failed",
    `${table} refused the operation "${operation}" (${said || name}): correct that and try again.`
  )
}

/** Turns whatever a request threw into its failure. */
export const requestFailure = (operation: string, place: TablePlace, thrown: unknown): RequestFailure => {
  const cause: Cause = thrown instanceof Error ? thrown : new Error(String(thrown))
  return failureOf(operation, diagnoseName(cause, place) ?? diagnoseOther(operation, place, cause), thrown)
}

/** The failure of a request that was not answered in time. */
export const lateRequest = (operation: string, place: TablePlace, timeoutMs: number): RequestFailure =>
  failureOf(operation, unanswered(describeTable(place), timeoutMs, advice))

/** The failure of a batch of which DynamoDB left a part undone. */
export const undoneBatch = (operation: string, place: TablePlace): RequestFailure =>
  failureOf(operation, throttled(place))
