import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { jsonPayload, makeJournals } from "../../../core/journal/index.ts"
import type { Explanation, JournalPorts, Journals } from "../../../core/journal/index.ts"
import { openLog, openStore } from "../index.ts"
import { startChild } from "./Child.ts"
import { ending, expected, newEvents, opening, topic } from "./Story.ts"
import type { OrderEvent, Step } from "./Story.ts"

/**
 * How to run the demo.
 *
 * **Details**
 *
 * `keep` leaves the servers and the data for playing. `say` writes a line, and `doing` takes what is waited for.
 */
export interface DemoOptions extends Voice {
  readonly keep: boolean
  readonly doing: (what: string) => void
}

interface Voice {
  readonly say: (line: string) => Effect.Effect<void>
}

/** The demo did not show what it promises. */
export class DemoError extends Data.TaggedError("DemoError")<{ readonly message: string }> {}

const take = (
  journals: Journals<unknown>,
  handles: Map<string, ReturnType<Journals<unknown>["journal"]>>,
  step: Step
) => {
  const journal = handles.get(step.order) ?? journals.journal(step.order)
  handles.set(step.order, journal)
  switch (step._tag) {
    case "Append":
      return Effect.asVoid(journal.append(newEvents(step.events)))
    case "Delete":
      return Effect.asVoid(journal.delete(step.to))
    case "Purge":
      return Effect.asVoid(journal.purge)
  }
}

/** How many records of the topic are not replicated yet. */
const lag = Effect.fnUntraced(function* ({ log, store }: JournalPorts) {
  const partitions = yield* log.partitions(topic)
  let behind = 0
  for (let partition = 0; partition < partitions; partition++) {
    const pointer = (yield* store.pointer(topic, partition)) ?? -1
    const page = yield* log.read({ topic, partition, offset: pointer + 1, maxBytes: 1, maxWaitMs: 0 })
    behind += page.stableEnd - (pointer + 1)
  }
  return behind
})

const caughtUp = (ports: JournalPorts) =>
  lag(ports).pipe(
    Effect.flatMap((behind) =>
      behind === 0
        ? Effect.void
        : Effect.fail(new DemoError({ message: `The replicator is still ${behind} records behind.` }))
    ),
    Effect.retry({ schedule: Schedule.spaced(50), times: 100 })
  )

const happened = (events: Iterable<OrderEvent>): string => [...events].map((event) => event.happened).join(", ")

const showPlaces = Effect.fnUntraced(function* ({ say }: Voice, explanation: Explanation) {
  const { events, mark, partition, pointer, seam } = explanation
  yield* say(`   ${"event".padEnd(18)}${"in the log".padEnd(18)}in the store`)
  for (const event of events) {
    const name = (JSON.parse(event.payload?._tag === "Json" ? event.payload.text : "{}") as OrderEvent).happened
    const inLog = `${topic}-${partition} @ ${event.offset}`
    yield* say(
      `   ${`${event.seqNr} ${name}`.padEnd(18)}${inLog.padEnd(18)}${event.source === "store" ? "yes" : "not yet"}`
    )
  }
  yield* say(`   Replicated up to offset ${pointer ?? "none"}: the store is read up to there,`)
  yield* say(`   and the log from ${seam} to the mark, which the reader has set at ${mark}.`)
})

const compare = Effect.fnUntraced(function* ({ say }: Voice, journals: Journals<unknown>, steps: ReadonlyArray<Step>) {
  for (const [order, events] of expected(steps)) {
    const read = yield* Stream.runCollect(journals.journal(order).read())
    const found = JSON.stringify(read.map(({ payload, seqNr }) => [seqNr, payload]))
    if (found !== JSON.stringify([...events])) {
      return yield* new DemoError({ message: `${order} was recovered as ${found}, which is not what was appended.` })
    }
    const numbers = events.size === 0 ? "purged" : `${Math.min(...events.keys())}-${Math.max(...events.keys())}`
    yield* say(
      `   ${order}  ${numbers.padEnd(8)}${events.size === 0 ? "nothing is left of it" : happened(events.values())}`
    )
  }
})

const openJournals = Effect.fnUntraced(function* (address: string, database: string) {
  const ports = yield* Effect.all({ log: openLog({ brokers: [address] }), store: openStore(`sqlite:${database}`) })
  return { ports, journals: makeJournals({ ...ports, topic, payload: jsonPayload, origin: "demo" }) }
})

const folder = (keep: boolean) =>
  Effect.acquireRelease(
    Effect.promise(() => mkdtemp(join(tmpdir(), "odradek-demo-"))),
    (path, exit) =>
      keep && Exit.isSuccess(exit) ? Effect.void : Effect.promise(() => rm(path, { recursive: true, force: true }))
  )

/**
 * Tells the story of the journal with real processes: a broker with its log on disk, a replicator with SQLite, and a
 * shop that appends, while both are killed and started again.
 */
export const demo = (options: DemoOptions) =>
  Effect.gen(function* () {
    const { doing, keep, say } = options
    const title = (text: string) => say(`\n${text}`)
    const path = yield* folder(keep)
    const database = join(path, "journal.db")
    const errors = join(path, "stderr.txt")
    const broker = (listen: string) =>
      startChild(["broker", "--listen", listen, "--data", join(path, "log"), "--partitions", "2"], errors, keep)
    const replicator = (address: string) =>
      startChild(["replicator", "--brokers", address, "--topics", topic, "--store", `sqlite:${database}`], errors, keep)

    yield* say("The orders of a small shop, kept as events in a Kafka log")
    doing("starting a broker and a replicator")
    const first = yield* broker("127.0.0.1:0")
    const address = first.ready
    const copier = yield* replicator(address)
    yield* title("Two programs are up")
    yield* say(`   a broker that speaks Kafka at ${address}, its log on disk,`)
    yield* say(`   and a replicator that copies topic "${topic}" from the log to SQLite; data in`)
    yield* say(`   ${path}`)

    const { journals, ports } = yield* openJournals(address, database)
    const handles = new Map<string, ReturnType<typeof journals.journal>>()
    doing("appending, and waiting for the replicator")
    yield* Effect.forEach(opening, (step) => take(journals, handles, step), { discard: true })
    yield* title("Six orders come in; each line is one journal")
    for (const [order, events] of expected(opening)) yield* say(`   ${order}  ${happened(events.values())}`)
    yield* caughtUp(ports)
    yield* say(`   ${opening.length} records in the log, all of them replicated.`)

    doing("appending while nobody replicates")
    yield* copier.kill
    yield* Effect.forEach(ending, (step) => take(journals, handles, step), { discard: true })
    yield* title("The replicator is killed (kill -9), and the shop goes on")
    yield* say("   order-1 shipped and signed for; order-2 shipped, its events 1-3 deleted;")
    yield* say("   order-3 returned and refunded; order-5 purged: the customer asked to be")
    yield* say("   forgotten; order-6 shipped")
    yield* say(`   The store is ${yield* lag(ports)} records behind the log now.`)

    yield* title("Where the events of order-1 live")
    yield* showPlaces(options, yield* journals.journal("order-1").explain)

    doing("starting the broker again")
    yield* first.kill
    const restarted = yield* broker(address)
    yield* title("The broker is killed too (kill -9), and started on the same folder")
    yield* say("   Every order is recovered, from the store and the rest from the log,")
    yield* say("   and compared with what was appended:")
    const steps = [...opening, ...ending]
    doing("comparing with what was appended")
    yield* compare(options, journals, steps)

    doing("starting the replicator again, and waiting until it has caught up")
    const second = yield* replicator(address)
    yield* caughtUp(ports)
    yield* title("The replicator is started again, and has caught up")
    yield* say("   It began where its store stood. Everything is in SQLite now, and still")
    yield* say("   reads the same:")
    doing("comparing with what was appended")
    yield* compare(options, journals, steps)
    yield* say("")
    yield* say("Nothing that was acknowledged is lost, doubled or out of order.")
    if (keep) {
      const odradek = process.env["npm_lifecycle_event"] === undefined ? "odradek" : "npm run -s odradek --"
      yield* title("The servers are still up. Try:")
      yield* say(`   export ODRADEK_BROKERS=${address}`)
      yield* say(`   export ODRADEK_STORE=sqlite:${database}`)
      yield* say(`   ${odradek} journal read ${topic} order-1`)
      yield* say(`   echo '{"payload":{"happened":"praised"}}' |`)
      yield* say(`      ${odradek} journal append ${topic} order-1`)
      yield* say(`   ${odradek} journal explain ${topic} order-1`)
      yield* title(`Stop them, and remove their data, with`)
      yield* say(`   kill ${second.pid} ${restarted.pid}; rm -r ${path}`)
    }
  }).pipe(Effect.scoped)
