import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe } from "vitest"
import { makeFileDisk } from "../../../adapters/file/index.ts"
import { diskContract } from "../../../core/ports/contract/index.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "odradek-disk-"))),
  (root) => Effect.sync(() => rmSync(root, { recursive: true, force: true }))
)

const linkOf = (fd: string): string => {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return "closed since"
  }
}

const subject = Effect.gen(function* () {
  const root = yield* folder
  return { disk: yield* makeFileDisk({ root, maxOpenFiles: 3 }), other: yield* makeFileDisk({ root }) }
})

describe("a disk of files", () => {
  for (const { name, run } of diskContract(subject)) it.live(name, () => run)

  it.live("creates its root", () =>
    Effect.gen(function* () {
      const disk = yield* makeFileDisk({ root: join(yield* folder, "a", "b") })
      expect(yield* disk.list("")).toEqual([])
    })
  )

  it.live("creates a file although somebody looks for it at the same time", () =>
    Effect.gen(function* () {
      const disk = yield* makeFileDisk({ root: yield* folder })
      const look = Effect.exit(disk.read("a", 0, 1))
      yield* Effect.all([look, look, disk.write("a", 0, [Uint8Array.of(1)]), look], { concurrency: "unbounded" })
      expect(yield* disk.read("a", 0, 9)).toEqual(Uint8Array.of(1))
    })
  )

  it.live("never has more files open than it may", () =>
    Effect.gen(function* () {
      const root = yield* folder
      const disk = yield* makeFileDisk({ root, maxOpenFiles: 2 })
      const names = Array.from({ length: 30 }, (_, i) => `f${i}`)
      const opened = () => readdirSync("/proc/self/fd").filter((fd) => linkOf(fd).startsWith(root)).length
      let most = 0
      yield* Effect.forEach(
        names,
        (name) =>
          Effect.map(disk.write(name, 0, [Uint8Array.of(1)]), () => {
            most = Math.max(most, opened())
          }),
        { concurrency: "unbounded" }
      )
      expect(most).toBeGreaterThan(0)
      expect(most).toBeLessThanOrEqual(2)
    })
  )

  it.live.each(["", "/below"])("says that a file is where a folder is meant%s", (below) =>
    Effect.gen(function* () {
      const file = join(yield* folder, "file")
      writeFileSync(file, "")
      const { message } = yield* Effect.flip(makeFileDisk({ root: `${file}${below}` }))
      expect(message).toMatch(
        /^The folder .*file(\/below)? cannot be made \(E\w+\): a file is in its place or above it, give /
      )
    })
  )

  it.live("lets no path leave its root", () =>
    Effect.gen(function* () {
      const disk = yield* makeFileDisk({ root: yield* folder })
      const error = yield* Effect.flip(disk.write("../x", 0, [Uint8Array.of(1)]))
      expect(error.reason).toBe("Io")
    })
  )

  it.live("is free again when the process that held the lock is killed", () =>
    Effect.gen(function* () {
      const root = yield* folder
      const disk = yield* makeFileDisk({ root })
      const module = JSON.stringify(new URL("../../../adapters/file/FolderLock.ts", import.meta.url).href)
      const script = `const { holdLock } = await import(${module}); globalThis.release = holdLock(process.argv[1]); console.log("held"); setInterval(() => {}, 1000)`
      const holder = yield* Effect.acquireRelease(
        Effect.sync(() => spawn(process.execPath, ["--input-type=module", "--eval", script, join(root, "lock")])),
        (child) => Effect.sync(() => child.kill("SIGKILL"))
      )
      const [said] = yield* Effect.promise(() => once(holder.stdout, "data"))
      expect(String(said).trim()).toBe("held")
      const refused = yield* Effect.flip(Effect.scoped(disk.lock))
      expect(refused.reason).toBe("Locked")
      holder.kill("SIGKILL")
      yield* Effect.promise(() => once(holder, "exit"))
      yield* Effect.scoped(disk.lock)
    })
  )
})
