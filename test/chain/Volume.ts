import { execFileSync } from "node:child_process"
import { mkdirSync, readdirSync, rmSync, statfsSync, statSync } from "node:fs"
import { join } from "node:path"

/** The folder of a node, which can be full. */
export interface Volume {
  readonly path: string
  /** From now on nothing more is written, but for a few bytes; `slack` of them at most. */
  readonly fill: (pid: number, slack: number) => void
  /** There is space again, for processes that are started from now on. */
  readonly free: () => void
  readonly remove: () => void
}

const spaceBytes = 1 << 30

/** What is mounted, and has to go with this process, however that ends. */
const mounts = new Set<string>()

const unmount = (path: string): void => {
  if (mounts.delete(path)) execFileSync("umount", ["--lazy", path])
}

process.on("exit", () => mounts.forEach(unmount))

/** A file system of its own in memory; only where this process may mount one. */
const mounted = (path: string): Volume => {
  const resize = (bytes: number) => execFileSync("mount", ["-o", `remount,size=${bytes}`, path])
  const remove = () => {
    unmount(path)
    rmSync(path, { recursive: true })
  }
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${spaceBytes}`, "odradek", path])
  mounts.add(path)
  return {
    path,
    fill: (_, slack) => {
      const { bfree, blocks, bsize } = statfsSync(path)
      resize((blocks - bfree) * bsize + slack)
    },
    free: () => resize(spaceBytes),
    remove
  }
}

const largestFile = (path: string): number =>
  Math.max(
    0,
    ...readdirSync(path, { recursive: true, encoding: "utf8" }).map(
      (name) => statSync(join(path, name), { throwIfNoEntry: false })?.size ?? 0
    )
  )

/** An ordinary folder: the process itself is forbidden to make a file longer than its longest. */
const limited = (path: string): Volume => ({
  path,
  fill: (pid, slack) => {
    execFileSync("prlimit", ["--pid", `${pid}`, `--fsize=${largestFile(path) + slack}:`])
  },
  free: () => undefined,
  remove: () => rmSync(path, { recursive: true, force: true })
})

/** Makes a folder that can be full: a file system of its own where `mount` is wanted, else by a limit of its process. */
export const openVolume = (path: string, mount: boolean): Volume => {
  mkdirSync(path)
  return mount ? mounted(path) : limited(path)
}

/** Whether this machine can limit the size of a process's files. */
export const canFill = (): boolean => {
  try {
    execFileSync("prlimit", ["--version"], { stdio: "ignore" })
    return true
  } catch {
    return false
  }
}
