import * as Cause from "effect/Cause"
import * as Result from "effect/Result"
import { messageLine } from "./Messages.ts"
import { statusLine } from "./Progress.ts"
import { refusedPermission } from "./RefusedPermission.ts"

/** How a program ends: it failed, or was asked for something that makes no sense; 0 when all went well. */
const [failed, wrongUse] = [1, 2]

const signalCodes: Readonly<Record<string, number>> = { SIGINT: 130, SIGTERM: 143 }

const isTagged = (error: unknown): error is { readonly _tag: string; readonly message: string } =>
  typeof error === "object" && error !== null && "_tag" in error && "message" in error

/** Errors that say that an argument, a flag or a setting is wrong. */
const wrongUses: ReadonlyArray<string> = [
  "UseError",
  "SettingError",
  "StoreAddressError",
  "BrokerOptionInvalid",
  "BrokerAddressInvalid",
  "NodeAddressInvalid",
  "NodeOptionInvalid",
  "TlsOptionInvalid",
  "TokensInvalid"
]

/** The exit code of a program that ended in this way. A signal that nothing had to be finished for is told as shells do. */
export const exitCode = (cause: Cause.Cause<unknown>): number => {
  const found = Cause.findError(cause)
  if (Result.isFailure(found)) return failed
  const error = found.success
  if (!isTagged(error)) return failed
  if (error._tag === "Stopped" && "signal" in error) return signalCodes[String(error.signal)] ?? failed
  return wrongUses.includes(error._tag) ? wrongUse : failed
}

/** What a person is told of a failure: a sentence, or where a defect comes from. */
const textOf = (cause: Cause.Cause<unknown>): string => {
  const refused = refusedPermission(Cause.squash(cause))
  if (refused !== undefined) return refused
  const found = Cause.findError(cause)
  if (Result.isSuccess(found) && isTagged(found.success)) return found.success.message
  return `This is a defect of odradek: ${Cause.pretty(cause)}`
}

/** Tells a person a sentence on stderr; with `json` it is for a program. */
export const tell = (text: string, json: boolean): void => {
  statusLine.hide()
  process.stderr.write(`${json ? messageLine(new Date(), "Error", text, true) : text}\n`)
}

/** Tells on stderr why a command failed. */
export const report = (cause: Cause.Cause<unknown>, json: boolean): void => {
  if (!Cause.hasInterruptsOnly(cause)) tell(textOf(cause), json)
}
