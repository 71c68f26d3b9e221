import { spawn } from "node:child_process"
import { once } from "node:events"
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs"
import { setTimeout as delay } from "node:timers/promises"
import { certificatesIn } from "./Certificates.ts"
import { folderOf, logOf, stateFile } from "./Folder.ts"
import { locked } from "./Lock.ts"
import { choosePorts, systemPorts } from "./Ports.ts"
import { endProcess, identify, isAlive } from "./ProcessId.ts"
import type { Again, Certificates, Recipe } from "./Recipe.ts"
import { cassandra } from "./servers/Cassandra.ts"
import { dynamodb } from "./servers/DynamoDb.ts"
import { kafka } from "./servers/Kafka.ts"
import { postgres } from "./servers/Postgres.ts"
import { serviceNames } from "./Service.ts"
import type { ServiceName } from "./Service.ts"
import { enter, readState } from "./State.ts"
import type { Started } from "./State.ts"

/** How long a server may take until it answers, and until it has ended after it was asked to. */
const [answerMs, endMs] = [120_000, 10_000]

/** What became of a server. `Running` was running before; `Missing` could not be had. */
export type Outcome = { readonly name: ServiceName } & (
  | { readonly _tag: "Started" | "Running"; readonly address: string; readonly version: string; readonly ms: number }
  | { readonly _tag: "Missing"; readonly reason: string }
  | { readonly _tag: "Stopped" }
)

const lastLines = (name: ServiceName): string => {
  const lines = readFileSync(logOf(name), "utf8").trimEnd().split("\n").slice(-15)
  return `${logOf(name)} ends with:\n${lines.join("\n")}`
}

/** Starts the process on its own: its own group, its output in a file, nothing of ours held open. */
const spawnDetached = async (name: ServiceName, launch: Again): Promise<number> => {
  const log = openSync(logOf(name), "w")
  try {
    const { args, command, cwd, owner } = launch
    const child = spawn(command, args, { cwd, ...owner, detached: true, stdio: ["ignore", log, log] })
    await once(child, "spawn")
    child.unref()
    if (child.pid === undefined) throw new Error(`${command} has no process: see what the system forbids.`)
    return child.pid
  } finally {
    closeSync(log)
  }
}

/** Waits until the server answers; fails with what it printed last when it has ended, or takes too long. */
const untilAnswered = async (started: Started<ServiceName>, name: ServiceName, ask: () => Promise<void>) => {
  const end = Date.now() + answerMs
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!isAlive(started.process)) throw new Error(`The process has ended. ${lastLines(name)}`, { cause: error })
      if (Date.now() > end) {
        throw new Error(`No answer within ${answerMs / 1000} s (${String(error)}). ${lastLines(name)}`, {
          cause: error
        })
      }
    }
    await delay(100)
  }
}

const end = async (name: ServiceName, started: Started<ServiceName>): Promise<void> => {
  await endProcess(started.process, started.stopSignal, endMs)
  for (const folder of started.data) rmSync(folder, { recursive: true, force: true })
  enter(stateFile, name, undefined)
}

/** What the servers that are started together have in common. */
interface Shared {
  readonly claimed: Set<number>
  readonly certificates: () => Promise<Certificates>
}

const start = async <Name extends ServiceName>(recipe: Recipe<Name>, shared: Shared): Promise<Outcome> => {
  const { name } = recipe
  const begun = Date.now()
  const before = readState(stateFile)[name]
  if (before !== undefined && before.ready && isAlive(before.process)) {
    return { _tag: "Running", name, address: before.service.address, version: before.version, ms: 0 }
  }
  if (before !== undefined) await end(name, before)
  const folder = folderOf(name)
  mkdirSync(folder, { recursive: true })
  await recipe.fetch(folder)
  const ports = await choosePorts(recipe.ports, shared.claimed, systemPorts)
  const launch = await recipe.configure({ folder, ports, certificates: shared.certificates })
  const { args, command, cwd, data, owner, service, stopSignal, version } = launch
  const again: Again = { command, args, cwd, ...(owner === undefined ? {} : { owner }) }
  const started = await launched(recipe, { again, data, service, stopSignal, version }, (failed) => end(name, failed))
  return { _tag: "Started", name, address: service.address, version: started.version, ms: Date.now() - begun }
}

/** Starts the process of a server, and waits until it answers; one that does not is given to `failed`. */
const launched = async <Name extends ServiceName>(
  { ask, name }: Recipe<Name>,
  what: Omit<Started<Name>, "process" | "ready" | "again"> & { readonly again: Again },
  failed: (started: Started<Name>) => Promise<void>
): Promise<Started<Name>> => {
  const process = identify(await spawnDetached(name, what.again))
  if (process === undefined) throw new Error(`The process has ended at once. ${lastLines(name)}`)
  const started: Started<Name> = { ...what, process, ready: false }
  enter(stateFile, name, started)
  try {
    await untilAnswered(started, name, () => ask(what.service))
  } catch (error) {
    await failed(started)
    throw error
  }
  enter(stateFile, name, { ...started, ready: true })
  return started
}

/** Ends a server that was started and starts it again, at the same ports and with what it kept. */
const restart = async <Name extends ServiceName>(recipe: Recipe<Name>): Promise<Outcome> => {
  const { name } = recipe
  const begun = Date.now()
  const before: Started<Name> | undefined = readState(stateFile)[name]
  if (before === undefined) return { _tag: "Missing", name, reason: "It was not started: start it." }
  const { again, data, service, stopSignal, version } = before
  if (again === undefined) {
    return { _tag: "Missing", name, reason: "It is not noted how it was started: stop it, and start it." }
  }
  await endProcess(before.process, stopSignal, endMs)
  const leave = async ({ process }: Started<Name>): Promise<void> => endProcess(process, stopSignal, endMs)
  await launched(recipe, { again, data, service, stopSignal, version }, leave)
  return { _tag: "Started", name, address: service.address, version, ms: Date.now() - begun }
}

const missing = (name: ServiceName, error: unknown): Outcome => ({
  _tag: "Missing",
  name,
  reason: error instanceof Error ? error.message : String(error)
})

/** What is done with a server. */
type Work = <Name extends ServiceName>(recipe: Recipe<Name>) => Promise<Outcome>

/** The only place that knows every server. */
const withRecipe = (name: ServiceName, work: Work): Promise<Outcome> => {
  switch (name) {
    case "kafka":
      return work(kafka)
    case "cassandra":
      return work(cassandra)
    case "dynamodb":
      return work(dynamodb)
    case "postgres":
      return work(postgres)
  }
}

/** Does the same with several servers beside each other; what fails is told of its server. */
const withAll = (names: ReadonlyArray<ServiceName>, work: Work): Promise<ReadonlyArray<Outcome>> =>
  Promise.all(names.map((name) => withRecipe(name, work).catch((error: unknown) => missing(name, error))))

/**
 * Starts servers beside each other, and gives what became of each; those that run are left alone.
 *
 * **Details**
 *
 * `say` hears of a wait. Another start or stop in this folder is waited for.
 */
export const startServices = (
  names: ReadonlyArray<ServiceName>,
  say: (line: string) => void
): Promise<ReadonlyArray<Outcome>> =>
  locked(folderOf("lock"), say, () => {
    let made: Promise<Certificates> | undefined
    const shared: Shared = {
      claimed: new Set(),
      certificates: () => (made ??= certificatesIn(folderOf("certificates")))
    }
    return withAll(names, (recipe) => start(recipe, shared))
  })

/** Ends servers that were started and starts them again beside each other, with what they kept. */
export const restartServices = (
  names: ReadonlyArray<ServiceName>,
  say: (line: string) => void
): Promise<ReadonlyArray<Outcome>> => locked(folderOf("lock"), say, () => withAll(names, restart))

/** Stops servers beside each other, in order where they listen to it, and deletes what they kept. */
export const stopServices = (
  names: ReadonlyArray<ServiceName>,
  say: (line: string) => void
): Promise<ReadonlyArray<Outcome>> =>
  locked(folderOf("lock"), say, () =>
    Promise.all(
      names.map(async (name): Promise<Outcome> => {
        const started = readState(stateFile)[name]
        try {
          if (started !== undefined) await end(name, started)
          return { _tag: "Stopped", name }
        } catch (error) {
          return missing(name, error)
        }
      })
    )
  )

/** Looks which of the servers run. */
export const statusOf = (names: ReadonlyArray<ServiceName>): ReadonlyArray<Outcome> => {
  const state = readState(stateFile)
  return names.map((name): Outcome => {
    const started = state[name]
    if (started === undefined) return { _tag: "Stopped", name }
    if (!isAlive(started.process))
      return { _tag: "Missing", name, reason: `It has ended by itself. ${lastLines(name)}` }
    if (!started.ready) return { _tag: "Missing", name, reason: `It does not answer yet. ${lastLines(name)}` }
    return { _tag: "Running", name, address: started.service.address, version: started.version, ms: 0 }
  })
}

/** One line for what became of a server. */
export const outcomeLine = (outcome: Outcome): string => {
  const name = outcome.name.padEnd(Math.max(...serviceNames.map((one) => one.length)))
  switch (outcome._tag) {
    case "Started":
      return `${name}  ${outcome.address}  ${outcome.version}  started in ${(outcome.ms / 1000).toFixed(1)} s`
    case "Running":
      return `${name}  ${outcome.address}  ${outcome.version}  running`
    case "Stopped":
      return `${name}  stopped`
    case "Missing":
      return `${name}  not to be had: ${outcome.reason}`
  }
}
