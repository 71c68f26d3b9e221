import { join } from "node:path"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { openStore } from "../../../../runtimes/node/index.ts"
import { odradek, onTerminal, serve, type Server, temporaryFolder, waiting } from "./Odradek.ts"
import { eventually } from "../../../Eventually.ts"

const folder = temporaryFolder()
let broker: Server
let brokers: string
beforeAll(async () => {
  broker = await serve(["broker", "--listen", "127.0.0.1:0", "--memory"])
  brokers = broker.ready.slice("ready ".length)
})
afterAll(async () => {
  await broker.stop()
  folder.remove()
})

const two = '{"payload":1}\n{"payload":2}\n'

/** A replicator on a terminal, with these flags, that has replicated what there is. */
const replicated = async (topic: string, ...flags: ReadonlyArray<string>) => {
  const input = { input: two }
  expect((await odradek(["journal", "append", topic, "a", "--brokers", brokers], input)).code).toBe(0)
  const store = `sqlite:${join(folder.path, `${topic}.db`)}`
  const args = ["replicator", "--brokers", brokers, "--topics", topic, "--store", store, ...flags]
  const replicator = await serve(args, { environment: onTerminal })
  const pointer = ["doctor", "--brokers", brokers, "--topics", topic, "--store", store]
  await eventually(async () => expect((await odradek(pointer)).stdout).toContain("everything in"))
  return replicator
}

it("an append that goes on tells how many events are in the log, and at which rate", async () => {
  const args = ["journal", "append", "appended", "a", "--brokers", brokers]
  const appending = waiting(args, two, onTerminal)
  await eventually(() => expect(appending.written().stderr).toMatch(/\r\u001b\[K2 events appended, \d+\/s/))
  const ended = await appending.stop("SIGTERM")
  expect(ended.stderr).toMatch(
    /\r\u001b\[KEnded by SIGTERM; the events of lines 1-2 are in the log, and no others\.\n$/
  )
})

it("a replicator tells what it has replicated, at which rate, and how far it is behind", async () => {
  const replicator = await replicated("told")
  await eventually(() =>
    expect(replicator.written().stderr).toMatch(/\r\u001b\[K\d+ records replicated, \d+\/s, 0 behind/)
  )
  const ended = await replicator.stop()
  expect(ended).toMatchObject({ code: 0, stdout: "ready\n" })
  expect(ended.stderr.endsWith("\r\u001b[K")).toBe(true)
})

it.each(["--quiet", "--json"])("with %s nothing is shown", async (flag) => {
  const replicator = await replicated(`silent${flag}`, flag)
  expect((await replicator.stop()).stderr).toBe("")
})

it("a doctor that watches pointers tells so, and its lines stand whole on stdout", async () => {
  const store = `sqlite:${join(folder.path, "doctor.db")}`
  expect((await odradek(["journal", "append", "seen", "a", "--brokers", brokers], { input: two })).code).toBe(0)
  await Effect.runPromise(Effect.scoped(openStore(store)))
  const args = ["doctor", "--brokers", brokers, "--topics", "seen", "--store", store]
  const ended = await odradek(args, { environment: onTerminal })
  expect(ended.stderr).toMatch(/\r\u001b\[Kwatching the pointers of seen … \d s/)
  expect(ended.stdout).not.toContain("\u001b")
})
