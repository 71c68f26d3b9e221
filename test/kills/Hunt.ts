import { once } from "node:events"
import { createServer } from "node:net"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import * as Effect from "effect/Effect"
import { Kafka, logLevel } from "kafkajs"
import type { LogRecord } from "../../core/log/index.ts"
import { makePrng } from "../../core/simulation/index.ts"
import type { Prng } from "../../core/simulation/index.ts"
import { openLog, openStore } from "../../runtimes/node/index.ts"
import { Journals } from "../../runtimes/promise/index.ts"
import { differing, eventNames, recordsOf, replicated, valueText } from "./Audit.ts"
import { JournalLoad, judgeReading, namesOf } from "./JournalLoad.ts"
import { CommitLoad, PlainLoad } from "./PlainLoad.ts"
import { Prey } from "./Prey.ts"
import type { Life } from "./Prey.ts"
import { both, judge, spotless } from "./Tally.ts"
import type { Verdict } from "./Tally.ts"

/** What to do: how many kills, from which seed, in which folder, and with which sync policy of the broker. */
export interface HuntOptions {
  readonly kills: number
  readonly seed: number
  readonly folder: string
  readonly fsync: "none" | "interval" | "always"
  readonly onKill?: (kill: number, what: string) => void
}

/** How it went. `complaints` are sentences about whatever else must not happen. */
export interface HuntReport extends Verdict {
  readonly brokerKills: number
  readonly replicatorKills: number
  readonly killsBeforeReady: number
  readonly acknowledged: number
  readonly refused: number
  readonly unknown: number
  readonly reads: number
  readonly failedReads: number
  readonly commits: number
  readonly readyMs: ReadonlyArray<number>
  readonly complaints: ReadonlyArray<string>
}

const plainTopic = "plain"
const journalTopic = "journals"
const plainPartitions = 3
const journalPartitions = 2
const journalCount = 6
const groupId = "watchers"

const patienceMs = 30_000

/** Waits until it is done, as long as the count grows; whether it came about. */
const progressing = async (count: () => number, done: () => boolean): Promise<boolean> => {
  let last = count()
  let since = performance.now()
  while (!done()) {
    await delay(100)
    if (count() !== last) {
      last = count()
      since = performance.now()
    } else if (performance.now() - since > patienceMs) return false
  }
  return true
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, "close")
  return port
}

/** One server that is killed and started again, and what became of its lives. */
class Hunted {
  readonly name: string
  readonly readyMs: Array<number> = []
  kills = 0
  killsBeforeReady = 0
  readonly #prey: Prey
  #life: Life

  constructor(name: string, args: ReadonlyArray<string>) {
    this.name = name
    this.#prey = new Prey(name, args)
    this.#life = this.#prey.start()
  }

  async ready(): Promise<void> {
    this.readyMs.push(await this.#life.ready)
  }

  async kill(): Promise<void> {
    await this.#life.kill()
    this.kills++
  }

  /** Starts it again; with `early` that life ends too, so many milliseconds after its start, and another begins. */
  async revive(early: number | undefined): Promise<void> {
    this.#life = this.#prey.start()
    if (early !== undefined) {
      await delay(early)
      await this.kill()
      this.killsBeforeReady++
      this.#life = this.#prey.start()
    }
    await this.ready()
  }
}

const chooseTargets = (random: Prng, broker: Hunted, replicator: Hunted): ReadonlyArray<Hunted> => {
  const roll = random.below(10)
  return roll < 5 ? [broker] : roll < 8 ? [replicator] : [broker, replicator]
}

/** Kills the servers at random moments while they are used; a replicator is not started without a broker. */
const killAll = async (
  { kills, onKill, seed }: HuntOptions,
  broker: Hunted,
  replicator: Hunted,
  afterwards: () => Promise<void>
): Promise<void> => {
  const random = makePrng(seed)
  while (broker.kills + replicator.kills < kills) {
    await delay(random.below(500))
    const targets = chooseTargets(random, broker, replicator)
    const early = random.chance(15) ? random.below(700) : undefined
    await Promise.all(targets.map((target) => target.kill()))
    for (const target of targets) await target.revive(early)
    onKill?.(broker.kills + replicator.kills, targets.map(({ name }) => name).join(" and "))
    if (random.chance(20)) await afterwards()
  }
}

/**
 * Runs a broker and a replicator under load, kills them again and again, and compares what is there in the end with what
 * the clients were told.
 */
export const hunt = async (options: HuntOptions): Promise<HuntReport> => {
  const { folder, fsync } = options
  const address = `127.0.0.1:${await freePort()}`
  const storeAddress = `sqlite:${join(folder, "journal.db")}`
  const data = join(folder, "log")
  await using owned = new AsyncDisposableStack()
  const hunted = (name: string, args: ReadonlyArray<string>): Hunted =>
    owned.adopt(new Hunted(name, [name, ...args]), (one) => one.kill())
  const broker = hunted("broker", ["--listen", address, "--data", data, "--fsync", fsync])
  await broker.ready()
  const replicator = hunted("replicator", ["--brokers", address, "--topics", journalTopic, "--store", storeAddress])
  const kafka = new Kafka({
    brokers: [address],
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 50, maxRetryTime: 400, retries: 100 }
  })
  const journals = owned.use(
    await Journals.open({ brokers: [address], topic: journalTopic, store: storeAddress, log: () => undefined })
  )
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({
    topics: [
      { topic: plainTopic, numPartitions: plainPartitions },
      { topic: journalTopic, numPartitions: journalPartitions }
    ]
  })
  await admin.disconnect()
  await replicator.ready()
  const plain = new PlainLoad(kafka, plainTopic, plainPartitions)
  const commits = owned.adopt(new CommitLoad(kafka, plainTopic, groupId), (one) => one.stop())
  const events = new JournalLoad(journals, journalCount)
  const complaints: Array<string> = []
  const checkCommits = async () => void complaints.push(...(await commits.check()))
  plain.start()
  events.start()
  commits.start()
  try {
    await killAll(options, broker, replicator, checkCommits)
  } finally {
    await Promise.all([plain.stop(), events.stop()])
  }
  await checkCommits()
  const wanted = plain.tallies.flatMap(({ acknowledged }) => [...acknowledged])
  const isSeen = await progressing(
    () => commits.seen.size,
    () => wanted.every((name) => commits.seen.has(name))
  )
  if (!isSeen) complaints.push(`The group has not seen ${wanted.find((name) => !commits.seen.has(name))}.`)
  await commits.stop()

  const verdict = await Effect.gen(function* () {
    const log = yield* openLog({ brokers: [address] })
    const store = yield* openStore(storeAddress)
    let sum = spotless
    for (const [partition, tally] of plain.tallies.entries()) {
      const records = yield* recordsOf(log, plainTopic, partition)
      sum = both(sum, judge(tally, records.map(valueText)))
    }
    yield* replicated(log, store, journalTopic, journalPartitions)
    const all: Array<LogRecord> = []
    for (let partition = 0; partition < journalPartitions; partition++) {
      all.push(...(yield* recordsOf(log, journalTopic, partition)))
    }
    const names = eventNames(all)
    for (const { id, tally } of events.written) sum = both(sum, judge(tally, names.get(id) ?? []))
    for (const one of events.written) {
      const found = yield* Effect.promise(() => namesOf(journals.journal(one.id)))
      sum = both(sum, judgeReading(one, found, one.tally.acknowledged, one.deleted))
    }
    const ids = events.written.map(({ id }) => id)
    const other = yield* differing(log, store, journalTopic, journalPartitions, ids)
    complaints.push(...other.map((id) => `The store has another ${id} than the log.`))
    return sum
  }).pipe(Effect.scoped, Effect.runPromise)

  const tallies = [...plain.tallies, ...events.written.map(({ tally }) => tally)]
  const total = (count: (tally: (typeof tallies)[number]) => number) =>
    tallies.reduce((sum, one) => sum + count(one), 0)
  return {
    ...verdict,
    brokerKills: broker.kills,
    replicatorKills: replicator.kills,
    killsBeforeReady: broker.killsBeforeReady + replicator.killsBeforeReady,
    acknowledged: total(({ acknowledged }) => acknowledged.size),
    refused: total(({ refused }) => refused.size),
    unknown: total(({ unknown }) => unknown),
    reads: events.reads,
    failedReads: events.failedReads,
    commits: commits.commits,
    readyMs: broker.readyMs,
    complaints: [...complaints, ...events.complaints]
  }
}
