import * as Effect from "effect/Effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { openLog } from "../../../../runtimes/node/index.ts"
import { Journals } from "../../../../runtimes/promise/index.ts"
import { odradek, serve } from "./Odradek.ts"
import type { Server } from "./Odradek.ts"

/** A broker that makes topics by itself. */
let broker: Server
let brokers: string
beforeAll(async () => {
  broker = await serve(["broker", "--listen", "127.0.0.1:0", "--memory"])
  brokers = broker.ready.slice("ready ".length)
})
afterAll(() => broker.stop())

const topics = (): Promise<ReadonlyArray<string>> =>
  Effect.runPromise(Effect.scoped(Effect.flatMap(openLog({ brokers: [brokers] }), (log) => log.topics)))

it("no journal command but append makes a topic", async () => {
  const commands = [
    ["read", "mistyped", "a"],
    ["pointer", "mistyped", "a"],
    ["explain", "mistyped", "a"],
    ["ids", "mistyped"],
    ["delete", "mistyped", "a", "--to", "1", "--yes"],
    ["purge", "mistyped", "a", "--yes"]
  ]
  for (const command of commands) {
    const { code, stderr } = await odradek(["journal", ...command, "--brokers", brokers])
    expect({ command, code, stderr }).toEqual({
      command,
      code: 1,
      stderr: "Topic mistyped does not exist on this cluster: create it, or use another name.\n"
    })
  }
  expect(await topics()).not.toContain("mistyped")
})

it("append makes the topic, and with --batch lines of the same metadata are one record", async () => {
  const lines = ['{"payload":1,"metadata":{"by":"Ada"}}', '{"payload":2,"metadata":{"by":"Ada"}}']
  const command = ["journal", "append", "appended", "a", "--batch", "2", "--json", "--brokers", brokers]
  const { code, stdout } = await odradek(command, { input: `${lines.join("\n")}\n` })
  expect({ code, said: JSON.parse(stdout) as unknown }).toMatchObject({ code: 0, said: { events: 2, records: 1 } })
  expect(await topics()).toContain("appended")
})

it("in a program a read makes the topic, too, since its mark is a record, and a purge does not", async () => {
  const ofTopic = (topic: string) => Journals.open({ brokers: [brokers], topic, store: "memory:" })
  const read = await ofTopic("read")
  expect(await read.journal("a").pointer()).toBeUndefined()
  await read.close()
  const purged = await ofTopic("purged")
  await expect(purged.journal("a").purge()).rejects.toMatchObject({ _tag: "JournalError", reason: "Refused" })
  await purged.close()
  expect(await topics()).toContain("read")
  expect(await topics()).not.toContain("purged")
})
