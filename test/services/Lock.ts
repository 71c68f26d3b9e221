import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { identify, isAlive } from "./ProcessId.ts"
import type { ProcessId } from "./ProcessId.ts"

/** Long enough for another start that has to fetch everything. */
const deadlineMs = 600_000

const holderOf = (file: string): ProcessId | undefined => {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as ProcessId
  } catch {
    return undefined
  }
}

/** Makes the file with its contents, or finds that it is there. */
const take = (file: string, own: string): boolean => {
  try {
    linkSync(own, file)
    return true
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false
    throw error
  }
}

/** Does something while no other process of this folder does; the lock of a process that has ended is of no account. */
export const locked = async <A>(file: string, say: (line: string) => void, act: () => Promise<A>): Promise<A> => {
  mkdirSync(dirname(file), { recursive: true })
  const own = `${file}.${process.pid}`
  writeFileSync(own, JSON.stringify(identify(process.pid)))
  try {
    const end = Date.now() + deadlineMs
    for (let told = false; !take(file, own);) {
      const holder = holderOf(file)
      if (holder !== undefined && !isAlive(holder)) {
        rmSync(file, { force: true })
        continue
      }
      if (Date.now() > end) throw new Error(`${file} is held for too long: see what its process does, or delete it.`)
      if (!told && holder !== undefined)
        say(`Waiting for process ${holder.pid}, which is starting or stopping servers.`)
      told = true
      await delay(100)
    }
  } finally {
    rmSync(own, { force: true })
  }
  try {
    return await act()
  } finally {
    rmSync(file, { force: true })
  }
}
