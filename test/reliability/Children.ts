import { spawn } from "node:child_process"
import type { ChildProcess, SpawnOptions } from "node:child_process"

const children = new Set<ChildProcess>()

process.once("exit", () => {
  for (const child of children) child.kill("SIGKILL")
})

/** Starts a process that does not outlive this one, however this one ends in order. */
export const spawnChild = (command: string, args: ReadonlyArray<string>, options: SpawnOptions): ChildProcess => {
  const child = spawn(command, args, options)
  children.add(child)
  child.once("exit", () => children.delete(child))
  return child
}
