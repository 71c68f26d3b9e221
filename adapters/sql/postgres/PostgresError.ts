import { JournalStoreError } from "../../../core/ports/index.ts"
import { failureOf, later, lost, refused, unanswered } from "../../../core/store/index.ts"
import type { Diagnosis as StoreDiagnosis, RequestFailure as StoreRequestFailure } from "../../../core/store/index.ts"

/**
 * A request that did not succeed.
 *
 * - `Taken`: a row of this key is there already
 */
export type RequestFailure = StoreRequestFailure<"Taken">

type Diagnosis = StoreDiagnosis<"Taken">

const advice = "see that it is up, and its host and port"

const needsTls = /no encryption|SSL off/

/** Whether the server has said that the user lacks a right (`insufficient_privilege`). */
export const isDenied = ({ error: { cause } }: RequestFailure): boolean =>
  typeof cause === "object" && cause !== null && "code" in cause && cause.code === "42501"

/** What the server says by a code (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
const diagnoseState = (state: string, said: string, place: string, schema: string): Diagnosis | undefined => {
  switch (state) {
    case "28P01":
      return refused(
        "Failed",
        `${place} does not accept the password of this user, or has no such user (${said}): correct it, or the user.`
      )
    case "28000":
      return needsTls.test(said)
        ? refused("Failed", `${place} wants encryption (${said}): use TLS, sslmode=verify-full in an address.`)
        : refused(
            "Failed",
            `${place} does not let this user in (${said}): correct the user, or allow it in pg_hba.conf.`
          )
    case "3D000":
      return refused("Failed", `${place} has no such database: create it, or name another.`)
    case "42501":
      return refused(
        "Failed",
        `${place} does not allow what the journal needs (${said}): grant the user its schema "${schema}" and the tables in it.`
      )
    case "25006":
      return refused("Failed", `${place} can only be read (${said}): write to the primary server.`)
    case "53100":
      return refused("Failed", `The disk of ${place} is full (${said}): make room and try again.`)
    case "53300":
      return later(`${place} has too many connections (${said}): allow it more, or this program fewer.`)
    case "57014":
      return later(`${place} has not finished a statement in time (${said}): see what it is busy with, and try again.`)
    case "40001":
    case "40P01":
    case "55P03":
      return later(`${place} was busy with another transaction on the same rows (${said}): try again.`)
    case "23505":
      return { kind: "Taken", reason: "Failed", message: `${place} has such a row already (${said}): try again.` }
    case "25P03":
      return later(`${place} ended a transaction that stood still (${said}): give this program more time to run.`)
    case "57P03":
      return later(`${place} is starting or stopping (${said}): try again in a moment.`)
    case "3F000":
    case "42P01":
    case "42703":
    case "42P10":
      return refused(
        "Schema",
        `The tables of schema "${schema}" of ${place} are not those of a journal (${said}): give the journal a schema of its own.`
      )
    default:
      return diagnoseClass(state, said, place)
  }
}

const diagnoseClass = (state: string, said: string, place: string): Diagnosis | undefined => {
  switch (state.slice(0, 2)) {
    case "08":
    case "57":
      return lost(`${place} has ended the connection (${said}): see that the server is up, and try again.`)
    case "53":
      return later(`${place} is short of something (${said}): give the server more, and try again.`)
    case "58":
      return refused("Failed", `The system of ${place} has failed (${said}): see the server's log.`)
    case "XX":
      return refused(
        "Corrupt",
        `${place} says that its data is damaged (${said}): restore it from a backup, or replicate from the log again.`
      )
    default:
      return undefined
  }
}

const networkErrors = new Set(["ECONNRESET", "EHOSTUNREACH", "ENETUNREACH", "EPIPE", "ETIMEDOUT", "EAI_AGAIN"])

/** What the driver says where the connection is gone, or never was. */
const lostWords = /^Connection terminated|^Client (has encountered|was closed)|^timeout expired|not queryable/

const diagnoseTls = (code: string, said: string, place: string): Diagnosis | undefined => {
  if (/^The server does not support SSL|^There was an error establishing an SSL/.test(said)) {
    return refused("Failed", `${place} does not encrypt: turn ssl on there, or use no TLS.`)
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return refused("Failed", `The certificate of ${place} is for another name (${said}): use the name that it is for.`)
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO_|^ERR_(TLS|SSL|OSSL)/.test(code)) {
    return refused(
      "Failed",
      `The certificate of ${place} is not trusted (${said}): give the authority's, with sslrootcert=FILE in an address, or as ca of tls.`
    )
  }
  return undefined
}

const diagnoseOther = (operation: string, code: string, said: string, place: string): Diagnosis => {
  const tls = diagnoseTls(code, said, place)
  if (tls !== undefined) return tls
  if (code === "ECONNREFUSED") return lost(`${place} cannot be reached (${said}): ${advice}.`)
  if (code === "ENOTFOUND") return lost(`The host of ${place} is unknown (${said}): correct it.`)
  if (/client password must be/.test(said)) {
    return refused(
      "Failed",
      `${place} asks for a password: give one, in the environment as PGPASSWORD, or to the command line as ODRADEK_STORE_PASSWORD.`
    )
  }
  if (said.startsWith("timeout exceeded when trying to connect")) {
    return later(`All connections of this program to ${place} are busy: raise maxConnections, or do less at once.`)
  }
  if (networkErrors.has(code) || lostWords.test(said)) {
    return lost(`The connection to ${place} is lost (${said || code}): ${advice}.`)
  }
  return refused("Failed", `${place} refused the operation "${operation}" (${said}): correct that and try again.`)
}

/** The first failure of several, such as those of a host with several addresses. */
const firstOf = (thrown: unknown): Error =>
  thrown instanceof AggregateError && thrown.errors.length > 0
    ? firstOf(thrown.errors[0])
    : thrown instanceof Error
      ? thrown
      : new Error(String(thrown))

/** Turns whatever a request threw into its failure; one of the store's own errors stays what it is. */
export const requestFailure = (operation: string, place: string, schema: string, thrown: unknown): RequestFailure => {
  if (thrown instanceof JournalStoreError) return { kind: "Refused", error: thrown }
  const cause: Error & { readonly code?: unknown } = firstOf(thrown)
  const code = typeof cause.code === "string" ? cause.code : ""
  const known = /^[0-9A-Z]{5}$/.test(code) ? diagnoseState(code, cause.message, place, schema) : undefined
  return failureOf(operation, known ?? diagnoseOther(operation, code, cause.message, place), thrown)
}

/** The failure of a statement that was not answered in time. */
export const lateRequest = (operation: string, place: string, timeoutMs: number): RequestFailure =>
  failureOf(operation, unanswered(place, timeoutMs, advice))

/** The failure of a write of which only the answer may be lost; the pointer tells what became of it. */
export const unknownOutcome = (place: string, cause: JournalStoreError): RequestFailure => {
  const message = `The connection to ${place} was lost before it said what became of a write: read the pointer, and go on from there.`
  return failureOf("write", refused("Unreachable", message), cause)
}
