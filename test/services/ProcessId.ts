import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { setTimeout as delay } from "node:timers/promises"

/**
 * A process, known again with certainty.
 *
 * **Details**
 *
 * Numbers are given to others after a while; `started` tells them apart. A process that has ended, but that nobody has
 * waited for, counts as ended.
 */
export interface ProcessId {
  readonly pid: number
  readonly started: string
}

/** The state and start time (in ticks since the machine's) from the text of `/proc/PID/stat`. */
export const parseStat = (stat: string): { readonly state: string; readonly started: string } => {
  // The second field is the program's name in parentheses, and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  return { state: fields[0] ?? "", started: fields[19] ?? "" }
}

const startedByProc = (pid: number): string | undefined => {
  try {
    const { started, state } = parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"))
    if (state === "Z" || state === "X") return undefined
    return `${started} ${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()}`
  } catch {
    return undefined
  }
}

const startedByPs = (pid: number): string | undefined => {
  try {
    const env = { ...process.env, LC_ALL: "C" }
    const said = execFileSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], { encoding: "utf8", env }).trim()
    return said.startsWith("Z") ? undefined : said.replace(/^\S+\s+/, "")
  } catch {
    return undefined
  }
}

const startedAt = process.platform === "linux" ? startedByProc : startedByPs

/** The process that has this number now, if there is one. */
export const identify = (pid: number): ProcessId | undefined => {
  const started = startedAt(pid)
  return started === undefined ? undefined : { pid, started }
}

/** Whether this very process is there. */
export const isAlive = ({ pid, started }: ProcessId): boolean => startedAt(pid) === started

const signalTo = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error) || error.code !== "ESRCH") throw error
  }
}

const gone = async (id: ProcessId, deadlineMs: number): Promise<boolean> => {
  const end = Date.now() + deadlineMs
  while (isAlive(id)) {
    if (Date.now() > end) return false
    await delay(50)
  }
  return true
}

/** Ends a process that leads its group: by the signal, and with its group by force where that takes too long. */
export const endProcess = async (id: ProcessId, signal: NodeJS.Signals, deadlineMs: number): Promise<void> => {
  if (!isAlive(id)) return
  signalTo(id.pid, signal)
  if (await gone(id, deadlineMs)) return
  signalTo(-id.pid, "SIGKILL")
  if (!(await gone(id, deadlineMs))) throw new Error(`Process ${id.pid} cannot be ended: see what it waits for.`)
}
