import * as Effect from "effect/Effect"
import * as Deferred from "effect/Deferred"
import { replicate } from "../../core/journal/index.ts"
import { openLog, openStore } from "../../runtimes/node/index.ts"

/**
 * Replicates a topic of one partition, and says at each tenth of so many records what the process weighs after its
 * garbage is collected: a line of JSON each.
 */
const [, , address = "", topic = "", place = "", count = ""] = process.argv
const records = Number(count)
const tenths = 10

const program = Effect.gen(function* () {
  const log = yield* openLog({ brokers: [address] })
  const store = yield* openStore(place)
  const done = yield* Deferred.make<void>()
  let tenth = 1
  yield* replicate({
    log,
    store,
    topics: [topic],
    onEvent: (event) => {
      if (event._tag !== "Replicated") return
      if (event.nextOffset < (records * tenth) / tenths) return
      tenth++
      globalThis.gc?.()
      const { heapUsed, rss } = process.memoryUsage()
      process.stdout.write(`${JSON.stringify({ records: event.nextOffset, heapUsed, rss })}\n`)
      if (event.nextOffset >= records) Deferred.doneUnsafe(done, Effect.void)
    }
  })
  yield* Deferred.await(done)
})

await Effect.runPromise(Effect.scoped(program))
