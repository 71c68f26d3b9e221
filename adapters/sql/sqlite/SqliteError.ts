import { existsSync, statSync } from "node:fs"
import { dirname } from "node:path"
import { JournalStoreError } from "../../../core/ports/index.ts"
import type { JournalStoreErrorReason } from "../../../core/ports/index.ts"

interface Diagnosis {
  readonly reason: JournalStoreErrorReason
  readonly message: string
}

/** What is wrong with the place of a file that SQLite cannot open. */
const unopened = (code: number, path: string): Diagnosis | undefined => {
  const failed = (message: string): Diagnosis => ({ reason: "Failed", message })
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) {
    return failed(`${path} is a folder and no SQLite file: name a file in it.`)
  }
  const folder = dirname(path)
  if (!existsSync(folder))
    return failed(`The folder ${folder} of SQLite file ${path} does not exist: make it, or name another.`)
  return code === 14
    ? failed(`SQLite file ${path} cannot be opened: check that this process may write to it and to its folder.`)
    : undefined
}

/** SQLite's primary result codes that a person can do something about (https://sqlite.org/rescode.html). */
const diagnose = (operation: string, code: number, path: string, busyTimeoutMs: number): Diagnosis | undefined => {
  switch (code) {
    case 5: // BUSY
    case 6: // LOCKED
    case 15: // PROTOCOL
      return {
        reason: "Unreachable",
        message: `SQLite file ${path} was locked by another process for ${busyTimeoutMs} ms: try again, or raise busyTimeoutMs.`
      }
    case 3: // PERM
    case 8: // READONLY
    case 23: // AUTH
      return {
        reason: "Failed",
        message: `This process may not write to SQLite file ${path}: grant it access to the file and to its folder.`
      }
    case 11: // CORRUPT
      return {
        reason: "Corrupt",
        message: `SQLite file ${path} is damaged: restore it from a backup, or remove it and replicate from the log again.`
      }
    case 13: // FULL
      return { reason: "Failed", message: `The disk of SQLite file ${path} is full: make room and try again.` }
    case 10: // IOERR
    case 14: // CANTOPEN
      return operation === "open" ? unopened(code, path) : undefined
    case 26: // NOTADB
      return { reason: "Failed", message: `${path} is no SQLite file: choose another path, or move the file away.` }
    default:
      return undefined
  }
}

const diagnoseOther = (operation: string, path: string, cause: Error & { readonly code?: unknown }): Diagnosis => {
  if (cause.code === "ERR_OUT_OF_RANGE") {
    return {
      reason: "Corrupt",
      message: `A row of SQLite file ${path} holds a number beyond 2^53 - 1: restore the row, or remove it and replicate it again.`
    }
  }
  if (cause.code === "ERR_INVALID_STATE") {
    return {
      reason: "Failed",
      message: `The store on SQLite file ${path} is closed: use it only while its scope is open.`
    }
  }
  if (/^(no such (table|column)|table .* already exists|.* has no column)/.test(cause.message)) {
    return {
      reason: "Schema",
      message: `The tables of SQLite file ${path} are not those of a journal (${cause.message}): give the journal a file of its own.`
    }
  }
  return {
    reason: "Failed",
    message: `SQLite refused the operation "${operation}" on file ${path} (${cause.message}): correct that and try again.`
  }
}

/** Turns whatever SQLite threw into a `JournalStoreError`; one that is thrown on the way stays what it is. */
export const storeError = (
  operation: string,
  path: string,
  busyTimeoutMs: number,
  cause: unknown
): JournalStoreError => {
  if (cause instanceof JournalStoreError) return cause
  const error: Error & { readonly errcode?: unknown } = cause instanceof Error ? cause : new Error(String(cause))
  const known =
    typeof error.errcode === "number" ? diagnose(operation, error.errcode & 0xff, path, busyTimeoutMs) : undefined
  return new JournalStoreError({ operation, cause, ...(known ?? diagnoseOther(operation, path, error)) })
}
