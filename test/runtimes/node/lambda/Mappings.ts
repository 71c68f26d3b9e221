import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import { encodeUtf8 } from "../../../../core/bytes/index.ts"
import { openGroup, openLog } from "../../../../runtimes/node/index.ts"
import { odradek, serve, temporaryFolder, waiting } from "../cli/Odradek.ts"

/** A file with handlers. */
export const handlersFile = fileURLToPath(new URL("handlers/Handlers.ts", import.meta.url))

/** What is told of an invocation. */
export interface Invoked {
  readonly type: string
  readonly poller: number
  readonly attempt: number
  readonly cold: boolean
  readonly outcome: string
  readonly reason?: string
  readonly message?: string
  readonly resume?: ReadonlyArray<{ readonly offset: number }>
  readonly partitions: ReadonlyArray<{
    readonly partition: number
    readonly from: number
    readonly to: number
    readonly records: number
  }>
}

/** An embedded broker, and functions that are invoked with its records. */
export const startMappings = async () => {
  const folder = temporaryFolder()
  const broker = await serve(["broker", "--listen", "127.0.0.1:0", "--memory"])
  const brokers = broker.ready.slice("ready ".length)
  const program = <A>(effect: Effect.Effect<A, unknown>): Promise<A> => Effect.runPromise(effect)
  const inLog = <A>(use: (log: Effect.Success<ReturnType<typeof openLog>>) => Effect.Effect<A, unknown>): Promise<A> =>
    program(Effect.scoped(Effect.flatMap(openLog({ brokers: [brokers] }), use)))
  const flags = (topic: string, name: string, more: ReadonlyArray<string>) => [
    "lambda",
    ...["--brokers", brokers, "--topics", topic, "--handler", `${handlersFile}.${name}`],
    ...["--environment", `MEMORY=${join(folder.path, topic)}`, "--json"],
    ...more
  ]
  return {
    brokers,
    folder: folder.path,
    /** Appends records with these values to the topic's one partition. */
    append: (topic: string, values: ReadonlyArray<string>, timestamp = Date.now()): Promise<void> =>
      inLog((log) => {
        const record = (value: string) => ({ timestamp, key: null, value: encodeUtf8(value), headers: [] })
        const appended = Effect.forEach(values, (value) => log.append({ topic, partition: 0, ...record(value) }), {
          concurrency: "unbounded",
          discard: true
        })
        return Effect.andThen(log.partitions(topic, { create: true }), appended)
      }),
    /** The records of a topic's one partition. */
    read: (topic: string) =>
      inLog((log) => log.read({ topic, partition: 0, offset: 0, maxBytes: 1024 * 1024, maxWaitMs: 0 })),
    committed: (group: string, topic: string): Promise<number | undefined> =>
      program(
        Effect.scoped(
          Effect.flatMap(openGroup({ brokers: [brokers], groupId: group }), (opened) =>
            Effect.map(opened.committed([{ topic, partition: 0 }]), ([one]) => one?.offset)
          )
        )
      ),
    /** Runs a function until the topic is at its end. */
    drain: async (topic: string, name: string, ...more: ReadonlyArray<string>) => {
      const ended = await odradek(flags(topic, name, ["--until-end", "--within", "90", ...more]))
      const lines = ended.stdout
        .split("\n")
        .filter((line) => line.startsWith("{"))
        .map((line) => JSON.parse(line) as Invoked)
      return { ...ended, lines, invoked: lines.filter(({ type }) => type === "invoked") }
    },
    /** Starts a function that goes on. */
    begin: (topic: string, name: string, ...more: ReadonlyArray<string>) => waiting(flags(topic, name, more), ""),
    /** What a topic's functions remember. */
    memory: (topic: string): ReadonlyArray<string> => {
      const path = join(folder.path, topic)
      return existsSync(path) ? readFileSync(path, "utf8").trimEnd().split("\n") : []
    },
    end: async (): Promise<void> => {
      await broker.stop()
      folder.remove()
    }
  }
}
