import { expect, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as TestClock from "effect/testing/TestClock"
import { afterEach, vi } from "vitest"
import { runBroker } from "../../../../runtimes/node/cli/BrokerCommand.ts"
import { Broker } from "../../../../runtimes/node/index.ts"

afterEach(() => {
  vi.restoreAllMocks()
})

it.effect("a broker that a defect stops ends the program, which would serve nothing any more", () =>
  Effect.gen(function* () {
    const where = { address: "127.0.0.1:1", host: "127.0.0.1", port: 1, clusterId: "c" }
    vi.spyOn(process.stdout, "write").mockImplementation((...args: ReadonlyArray<unknown>) => {
      const taken = args.at(-1)
      if (typeof taken === "function") taken()
      return true
    })
    vi.spyOn(Broker, "start").mockReturnValue(Effect.succeed({ ...where, join: Effect.die("the index is gone") }))
    const exit = yield* Effect.exit(runBroker({}, { memory: true, namesData: false, silent: true }))
    expect(Exit.isFailure(exit) && Cause.pretty(exit.cause)).toContain("the index is gone")
  })
)

it.effect("a broker that is long about opening its log tells on the terminal how far it is", () =>
  Effect.gen(function* () {
    const written: Array<string> = []
    const { isTTY } = process.stderr
    vi.spyOn(process.stderr, "write").mockImplementation((text) => written.push(String(text)) > 0)
    yield* Effect.acquireRelease(
      Effect.sync(() => Object.assign(process.stderr, { isTTY: true })),
      () => Effect.sync(() => Object.assign(process.stderr, { isTTY }))
    )
    vi.spyOn(Broker, "start").mockImplementation(({ recovering } = {}) => {
      recovering?.({ partitions: 3, of: 8, segments: 120 })
      return Effect.never
    })
    const flags = { memory: false, namesData: true, silent: false }
    yield* Effect.forkChild(runBroker({ data: "./log" }, flags), { startImmediately: true })
    yield* TestClock.adjust(1000)
    expect(written.at(-1)).toBe("\r\u001b[Kopening ./log … 0 s, 3 of 8 partitions with 120 segments are open")
  })
)
