import { expect } from "vitest"
import { type Ended, odradek } from "./Odradek.ts"

/** Something that a person may set wrong, and what the sentence says that tells of it. */
export interface WrongSetting {
  readonly name: string
  readonly flags: ReadonlyArray<string>
  readonly environment?: Readonly<Record<string, string>>
  readonly says: RegExp
}

/** The password of every case: it has to be in no output. */
export const secret = "not-to-be-seen-7"

/** How long a command may take to tell, in milliseconds. */
const patienceMs = 10_000

/** Makes the import of a package fail as it does where that is not installed. */
export const without = (driver: string): Readonly<Record<string, string>> => {
  const error = `Object.assign(new Error("Cannot find package"),{code:"ERR_MODULE_NOT_FOUND"})`
  const resolve = `resolve:(name,context,next)=>{if(name===${JSON.stringify(driver)})throw ${error};return next(name,context)}`
  const program = `import{registerHooks}from"node:module";registerHooks({${resolve}})`
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(program)}` }
}

/** The commands that talk to a cluster and to a store, for this topic. */
const commands = (topic: string): ReadonlyArray<ReadonlyArray<string>> => [
  ["journal", "append", topic, "a"],
  ["journal", "read", topic, "a"],
  ["journal", "explain", topic, "a"],
  ["journal", "purge", topic, "a", "--yes"],
  ["replicator", "--topics", topic],
  ["doctor", "--topics", topic]
]

const expectOneSentence = (command: string, { code, stderr, stdout }: Ended, says: RegExp, tookMs: number): void => {
  const all = `${stdout}${stderr}`
  expect({ command, code }).toEqual({ command, code: expect.not.toSatisfy((value) => value === 0 || value === null) })
  expect(all).not.toContain(secret)
  expect(all).not.toMatch(/^\s+at /m)
  expect(all).not.toContain("defect")
  expect(stderr.trimEnd().split("\n"), command).toHaveLength(1)
  if (command.startsWith("doctor")) expect(stdout, command).toMatch(says)
  else expect(stderr, command).toMatch(says)
  expect(tookMs, command).toBeLessThan(patienceMs)
}

/** Runs every command with what is wrong, and holds each to one sentence, an exit code and its time. */
export const tellsWhatIsWrong = async (topic: string, { environment, flags, says }: WrongSetting): Promise<void> => {
  for (const command of commands(topic)) {
    const started = performance.now()
    const given = { input: '{"payload":1}\n', ...(environment === undefined ? {} : { environment }) }
    const ended = await odradek([...command, ...flags], given)
    expectOneSentence(command.join(" "), ended, says, performance.now() - started)
  }
}
