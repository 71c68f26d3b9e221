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

/**
 * How long a command may take to tell, in milliseconds, beside its start, which is slow on a busy machine. Cassandra's driver
 * is given 10 s for somebody who takes connections and says nothing.
 */
const patienceMs = 11_000
const startsPerCommand = 3

const timed = async <A>(work: () => Promise<A>): Promise<readonly [A, number]> => {
  const started = performance.now()
  return [await work(), performance.now() - started]
}

/** Makes the import of a package fail as it does where that is not installed. */
export const without = (driver: string): Readonly<Record<string, string>> => {
  const error = `Object.assign(new Error("Cannot find package"),{code:"ERR_MODULE_NOT_FOUND"})`
  const resolve = `resolve:(name,context,next)=>{if(name===${JSON.stringify(driver)})throw ${error};return next(name,context)}`
  const program = `import{registerHooks}from"node:module";registerHooks({${resolve}})`
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(program)}` }
}

/** A command of each kind that talks to a cluster and to a store, for this topic. */
const commands = (topic: string): ReadonlyArray<ReadonlyArray<string>> => [
  ["journal", "append", topic, "a"],
  ["journal", "read", topic, "a"],
  ["replicator", "--topics", topic],
  ["doctor", "--topics", topic]
]

const expectOneSentence = (command: string, { code, stderr, stdout }: Ended, says: RegExp): void => {
  const all = `${stdout}${stderr}`
  expect([1, 2], `${command}: ${all}`).toContain(code)
  expect(all).not.toContain(secret)
  expect(all).not.toMatch(/^\s+at /m)
  expect(all).not.toContain("defect")
  expect(stderr.trimEnd().split("\n"), command).toHaveLength(1)
  if (command.startsWith("doctor")) expect(stdout, command).toMatch(says)
  else expect(stderr, command).toMatch(says)
}

/** Runs every command with what is wrong, and holds each to one sentence, an exit code and its time. */
export const tellsWhatIsWrong = async (topic: string, { environment, flags, says }: WrongSetting): Promise<void> => {
  const [, startMs] = await timed(() => odradek(["doctor", "--brokers", "127.0.0.1:1"]))
  const given = { input: '{"payload":1}\n', ...(environment === undefined ? {} : { environment }) }
  const run = async (command: ReadonlyArray<string>): Promise<void> => {
    const [ended, tookMs] = await timed(() => odradek([...command, ...flags], given))
    expectOneSentence(command.join(" "), ended, says)
    expect(tookMs, command.join(" ")).toBeLessThan(patienceMs + startsPerCommand * startMs)
  }
  const all = commands(topic)
  for (let at = 0; at < all.length; at += 2) await Promise.all(all.slice(at, at + 2).map(run))
}
