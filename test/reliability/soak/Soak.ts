import { setTimeout as delay } from "node:timers/promises"
import * as Effect from "effect/Effect"
import { makePrng } from "../../../core/simulation/index.ts"
import { openLog, openStore } from "../../../runtimes/node/index.ts"
import { JournalError } from "../../../core/journal/index.ts"
import { Journals } from "../../../runtimes/promise/index.ts"
import type { Journal } from "../../../runtimes/promise/index.ts"
import { kafka as kafkaRecipe } from "../../services/servers/Kafka.ts"
import { namesOf } from "../../kills/JournalLoad.ts"
import { both, spotless } from "../../kills/Tally.ts"
import type { Verdict } from "../../kills/Tally.ts"
import { OwnServer } from "../OwnServer.ts"
import { makeTopic } from "../Topic.ts"
import { Killer } from "./Killer.ts"
import type { Strikes } from "./Killer.ts"
import { Member } from "./Member.ts"
import { judgeLog, judgeStore, oracleOf, patientLog } from "./SoakAudit.ts"
import { SoakLoad } from "./SoakLoad.ts"
import { openSoakStore } from "./SoakStores.ts"

/** How long to go on, on which stores, from which seed, and with how much. */
export interface SoakOptions {
  readonly minutes: number
  readonly stores: ReadonlyArray<string>
  readonly seed: number
  readonly replicators: number
  readonly keys: number
  readonly folder: string
  readonly say: (line: string) => void
}

/** How it went. */
export interface SoakReport extends Verdict {
  readonly seconds: number
  readonly counts: SoakLoad["counts"]
  readonly strikes: Strikes
  readonly endedAlone: ReadonlyArray<string>
  readonly finalReads: number
  /** Rows of stores that no reader is shown. */
  readonly leftovers: number
  readonly complaints: ReadonlyArray<string>
}

const topic = "soak"
const partitions = 4
const writersPerStore = 6
const progressMs = 30_000
const patienceMs = 300_000
const retryMs = 1000

/** Reads a journal when everything is up again, which a server that was just started may not be for a while. */
const readAtLast = async (journal: Journal<unknown>): ReturnType<typeof namesOf> => {
  for (const end = performance.now() + patienceMs; ;) {
    try {
      return await namesOf(journal)
    } catch (error) {
      const isDown = error instanceof JournalError && error.reason === "Unavailable"
      if (!isDown || performance.now() > end) throw error
      await delay(retryMs)
    }
  }
}

/** Soaks real servers: writers, readers and replicators, while everything that they stand on goes down and comes back. */
export const soak = async (options: SoakOptions): Promise<SoakReport> => {
  const { folder, keys, minutes, replicators, say, seed } = options
  const random = makePrng(seed)
  await using owned = new AsyncDisposableStack()
  const kafka = owned.use(await OwnServer.start(kafkaRecipe))
  const brokers = [kafka.service.address]
  const stores = await Promise.all(options.stores.map((asked) => openSoakStore(asked, folder, owned)))
  await Effect.runPromise(Effect.scoped(makeTopic(brokers, topic, { partitions })))
  // Whoever opens a store first makes what is missing in it.
  for (const { direct } of stores) await Effect.runPromise(Effect.scoped(openStore(direct)))
  const members = stores.flatMap(({ address, name }) =>
    Array.from({ length: replicators }, (_, at) => {
      const where = ["--brokers", brokers.join(","), "--topics", topic, "--store", address, "--group", `to-${name}`]
      return owned.adopt(new Member(`${name} ${at}`, where), (member) => member.kill())
    })
  )
  for (const member of members) member.revive()
  const open = async (store: string, headCache: boolean) =>
    owned.use(await Journals.open({ brokers, topic, store, headCache, log: () => undefined }))
  const readers = await Promise.all(stores.flatMap(({ direct }) => [open(direct, true), open(direct, false)]))
  const writers = await Promise.all(
    stores.flatMap(({ address }) => Array.from({ length: writersPerStore }, (_, at) => open(address, at % 2 === 0)))
  )
  const load = new SoakLoad({ writers, readers, keys, random: random.stream("load") })
  const killer = new Killer(kafka, stores, members)
  const since = performance.now()
  load.start()
  killer.start(random.stream("killer"))
  const told = new Set<string>()
  for (const end = since + minutes * 60_000; performance.now() < end;) {
    await delay(Math.min(progressMs, Math.max(1, end - performance.now())))
    if (killer.broken !== undefined) throw killer.broken
    const found = Object.entries({ ...load.verdict }).flatMap(([what, names]) =>
      names.map((name) => `${name}: ${what}`)
    )
    const complaints = [...load.complaints, ...found]
    for (const line of complaints) if (!told.has(line)) say(line)
    for (const line of complaints) told.add(line)
    const { appends, purges, reads } = load.counts
    const struck = [...killer.strikes.values()].reduce((sum, one) => sum + one, 0)
    say(`${appends} appends, ${purges} purges, ${reads} reads, ${struck} strikes, ${complaints.length} complaints`)
  }
  await killer.stop()
  await load.stop()
  const seconds = (performance.now() - since) / 1000
  say("Everything is up again: the stores catch up, and are compared.")

  let leftovers = 0
  const audit = Effect.gen(function* () {
    const log = patientLog(yield* openLog({ brokers }))
    const oracle = yield* oracleOf(log, topic)
    const complaints = yield* Effect.forEach(stores, ({ direct, name }) =>
      Effect.gen(function* () {
        const { leftovers: rows, sentences } = yield* judgeStore(log, yield* openStore(direct), topic, oracle)
        say(`${name} has caught up, and is compared.`)
        leftovers += rows
        return sentences.map((line) => `${name}: ${line}`)
      })
    )
    return { log: judgeLog(oracle, load.books), complaints: complaints.flat() }
  })
  const judged = await Effect.runPromise(Effect.scoped(audit)).catch((cause: unknown) => {
    const words = members.map(({ lastWords, name }) => `${name}: ${lastWords}`).join("\n")
    throw new Error(`The stores cannot be compared. Their replicators say:\n${words}`, { cause })
  })
  let verdict = both(both(spotless, load.verdict), judged.log)
  let finalReads = 0
  for (const journals of readers) {
    for (const book of load.books) {
      verdict = both(verdict, book.judge(await readAtLast(journals.journal(book.id)), book.certain))
      finalReads++
    }
  }
  const { counts, complaints } = load
  const { endedAlone, strikes } = killer
  return {
    ...verdict,
    seconds,
    counts,
    strikes,
    endedAlone,
    finalReads,
    leftovers,
    complaints: [...complaints, ...judged.complaints]
  }
}
