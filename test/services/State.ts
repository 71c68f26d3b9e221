import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import type { ProcessId } from "./ProcessId.ts"
import type { Again } from "./Recipe.ts"
import { serviceNames } from "./Service.ts"
import type { ServiceName, Services } from "./Service.ts"

/** A server that was started. It is `ready` once it has answered. */
export interface Started<Name extends ServiceName> {
  readonly process: ProcessId
  readonly ready: boolean
  readonly stopSignal: "SIGTERM" | "SIGINT"
  readonly version: string
  readonly data: ReadonlyArray<string>
  readonly service: Services[Name]
  /** How it is started again; those that were started before this was noted have none. */
  readonly again?: Again
}

/** The servers that were started and not stopped since; whether they still run, their processes tell. */
export type State = { readonly [Name in ServiceName]?: Started<Name> }

/** Reads a state from its text. */
export const parseState = (text: string, file: string): State => {
  let state: unknown
  try {
    state = JSON.parse(text)
  } catch {
    state = undefined
  }
  const entries =
    typeof state === "object" && state !== null && !Array.isArray(state) ? Object.entries(state) : undefined
  const isEntry = ([name, entry]: readonly [string, unknown]): boolean =>
    serviceNames.some((one) => one === name) &&
    typeof (entry as Partial<Started<"kafka">> | null)?.process?.pid === "number" &&
    typeof (entry as Partial<Started<"kafka">>).service === "object"
  if (entries?.every(isEntry) === true) return state as State
  throw new Error(`${file} cannot be read: end the servers that it speaks of, and delete it.`)
}

/** Reads the state; no file means that nothing was started. */
export const readState = (file: string): State => {
  let text: string
  try {
    text = readFileSync(file, "utf8")
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return {}
    throw error
  }
  return parseState(text, file)
}

/** Writes the state in one piece: a reader sees the one before, or this one. */
export const writeState = (file: string, state: State): void => {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(`${file}.new`, `${JSON.stringify(state, undefined, 2)}\n`)
  renameSync(`${file}.new`, file)
}

/** Enters a server into the state, or takes it out. */
export const enter = <Name extends ServiceName>(file: string, name: Name, started: Started<Name> | undefined): void => {
  const { [name]: _, ...others } = readState(file)
  writeState(file, started === undefined ? others : { ...others, [name]: started })
}
