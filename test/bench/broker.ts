import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { Kafka, logLevel } from "kafkajs"
import { Broker } from "../../runtimes/node/index.ts"
import type { Area } from "./Bench.ts"
import { brokerProcess, isThere } from "./BrokerProcess.ts"
import { temporaryFolder } from "./Fixture.ts"

const execute = promisify(execFile)

/** How long a broker has nothing to do before its memory is looked at, in milliseconds. */
const idleMs = 3000

/** Sends one record to a topic that is not there yet, and ends when it is acknowledged. */
const produceFirst = (address: string): Effect.Effect<void> =>
  Effect.promise(async () => {
    const producer = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING }).producer()
    await producer.connect()
    await producer.send({ topic: "first", acks: -1, messages: [{ key: "a", value: "b" }] })
    await producer.disconnect()
  })

/** Milliseconds from the beginning of a start to the first acknowledged produce. */
const timeToProduce = <E>(
  start: (folder: string) => Effect.Effect<{ readonly address: string }, E, Scope>
): Promise<number> =>
  Effect.gen(function* () {
    const folder = yield* temporaryFolder
    const began = performance.now()
    const { address } = yield* start(join(folder, "log"))
    yield* produceFirst(address)
    return performance.now() - began
  }).pipe(Effect.scoped, Effect.runPromise)

/** Resident memory of a broker that has served one record and has nothing to do, in MiB. */
const idleMemory = (): Promise<number> =>
  Effect.gen(function* () {
    const folder = yield* temporaryFolder
    const { address, pid } = yield* brokerProcess("built", join(folder, "log"))
    yield* produceFirst(address)
    yield* Effect.sleep(idleMs)
    const { stdout } = yield* Effect.promise(() => execute("ps", ["-o", "rss=", "-p", String(pid)]))
    return Number(stdout) / 1024
  }).pipe(Effect.scoped, Effect.runPromise)

/** Milliseconds that Node itself takes to start and to write a line. */
const nodeAlone = async (): Promise<number> => {
  const began = performance.now()
  await execute(process.execPath, ["--eval", "console.log(1)"])
  return performance.now() - began
}

/** How soon a broker serves, and what it weighs. */
export const broker: Area = {
  name: "broker",
  about: "how soon a broker serves, and what it weighs (build dist before)",
  run: async (report) => {
    if (!isThere("built")) throw new Error("There is no dist to start: run `npm run build` first.")
    await report({ name: "node alone, start to end", unit: "ms", rounds: 9, run: nodeAlone })
    await report({
      name: "process start to first acknowledgement",
      unit: "ms",
      rounds: 9,
      goal: 400,
      run: () => timeToProduce((folder) => brokerProcess("built", folder))
    })
    await report({
      name: "Broker.start to first acknowledgement",
      unit: "ms",
      rounds: 9,
      goal: 100,
      run: () => timeToProduce((data) => Broker.start({ data }))
    })
    await report({ name: "resident memory, idle", unit: "MiB", rounds: 5, goal: 100, run: idleMemory })
  }
}
