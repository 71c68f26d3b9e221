import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { locked } from "./Lock.ts"
import { identify } from "./ProcessId.ts"

const folder = mkdtempSync(join(tmpdir(), "odradek-services-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe("the lock", () => {
  it("is waited for while its process lives, and that is said once", async () => {
    const file = join(folder, "held")
    writeFileSync(file, JSON.stringify(identify(process.pid)))
    const said: Array<string> = []
    const done = locked(
      file,
      (line) => {
        said.push(line)
        rmSync(file)
      },
      () => Promise.resolve(existsSync(file))
    )
    expect(await done).toBe(true)
    expect(said).toEqual([`Waiting for process ${process.pid}, which is starting or stopping servers.`])
    expect(existsSync(file)).toBe(false)
  })

  it("is taken from a process that has ended", async () => {
    const file = join(folder, "stale")
    writeFileSync(file, JSON.stringify({ pid: process.pid, started: "before" }))
    expect(await locked(file, expect.unreachable, () => Promise.resolve("done"))).toBe("done")
  })

  it("is given back after a failure", async () => {
    const file = join(folder, "failing")
    await expect(locked(file, expect.unreachable, () => Promise.reject(new Error("no")))).rejects.toThrow("no")
    expect(existsSync(file)).toBe(false)
  })
})
