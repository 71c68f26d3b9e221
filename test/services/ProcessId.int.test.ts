import { spawn } from "node:child_process"
import { once } from "node:events"
import { describe, expect, it } from "vitest"
import { endProcess, identify, isAlive } from "./ProcessId.ts"
import type { ProcessId } from "./ProcessId.ts"

/** A process in its own group, which has said that it is ready. */
const start = async (script: string): Promise<{ readonly id: ProcessId; readonly ended: Promise<Array<unknown>> }> => {
  const child = spawn(process.execPath, ["-e", `${script}; setInterval(() => {}, 1000); console.log("ready")`], {
    detached: true,
    stdio: ["ignore", "pipe", "inherit"]
  })
  const ended = once(child, "exit")
  await once(child.stdout, "data")
  const id = identify(child.pid ?? 0)
  if (id === undefined) throw new Error("The process is not there.")
  return { id, ended }
}

describe("a process", () => {
  it("is not taken for another that had its number before", () => {
    const own = identify(process.pid)
    expect(own).toBeDefined()
    expect(isAlive(own as ProcessId)).toBe(true)
    expect(isAlive({ pid: process.pid, started: "before" })).toBe(false)
  })

  it("is ended by the signal that it listens to", async () => {
    const { ended, id } = await start(`process.on("SIGINT", () => process.exit(7))`)
    await endProcess(id, "SIGINT", 10_000)
    expect(isAlive(id)).toBe(false)
    expect(await ended).toEqual([7, null])
  })

  it("is ended by force when it does not end", async () => {
    const { ended, id } = await start(`process.on("SIGTERM", () => {})`)
    await endProcess(id, "SIGTERM", 200)
    expect(await ended).toEqual([null, "SIGKILL"])
  })

  it("is left alone when it only has the number of the one to end", async () => {
    const { ended, id } = await start("")
    await endProcess({ ...id, started: "before" }, "SIGTERM", 200)
    expect(isAlive(id)).toBe(true)
    await endProcess(id, "SIGTERM", 10_000)
    expect(await ended).toEqual([null, "SIGTERM"])
  })
})
