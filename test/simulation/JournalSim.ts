import { JournalError, Recovery, Replication } from "../../core/journal/index.ts"
import type { LogFailure } from "../../core/journal/LogFailure.ts"
import { encodeUtf8 } from "../../core/bytes/index.ts"
import type { Machine } from "../../core/machine/index.ts"
import { foreignRecord, ModelLog, ModelStore, nameOf, topic, truthAt } from "./JournalModel.ts"
import type { Deed, Truth } from "./JournalModel.ts"
import { makePrng } from "./Prng.ts"

type RecoveryMachine = Machine<Recovery.RecoveryState, Recovery.RecoveryInput, Recovery.RecoveryOutput>
type ReplicationMachine = Machine<
  Replication.ReplicationState,
  Replication.ReplicationInput,
  Replication.ReplicationOutput
>

/** The machines under test, fresh for each replicator or reader; a test of the simulation plants its bugs here. */
export interface Subjects {
  readonly recovery: () => RecoveryMachine
  readonly replication: () => ReplicationMachine
}

/** What happened in a run, for tests that want to know that it was worth running. */
export interface SimReport {
  readonly reads: number
  readonly changed: number
  readonly lost: number
  readonly crashes: number
}

const ids = ["a", "b", "c"]
const steps = 160

const place = { topic, partition: 0 }
const storeDown = new JournalError({ reason: "Unavailable", ...place, message: "The store is down." })
const logDown = new JournalError({ reason: "Unavailable", ...place, message: "The log is down." })
const lost = new JournalError({ reason: "Lost", ...place, message: "The records are gone." })

const sameTruth = (a: Truth, b: Truth): boolean =>
  a.state?.seqNr === b.state?.seqNr &&
  a.state?.deleteTo === b.state?.deleteTo &&
  a.events.length === b.events.length &&
  a.events.every((event, at) => event === b.events[at])

const within = (truth: Truth, from: number, to: number): Truth => ({
  ...truth,
  events: truth.events.filter((event) => {
    const seqNr = Number(event.split("/")[1])
    return seqNr >= from && seqNr <= to
  })
})

const show = ({ events, state }: Truth): string => `${JSON.stringify(state)} [${events.join(" ")}]`

/**
 * Runs writers, replicators and readers of one partition from a seed, and throws where a reader is told what no reader
 * may be told, or where the store ends up as no store may.
 *
 * **Details**
 *
 * What a reader is told is the journal at one point of the log, which is the mark, or, where the store had already gone
 * beyond the mark when its head was read, the last record in that head. Never a mixture of two points. One exception:
 * while a purge behind that point is being copied to a store without transactions, all events may be gone already and the last
 * number not yet. A read that has given out events which a delete or purge behind the mark then overtakes fails with
 * `Changed`; one that has given out nothing begins again by itself.
 */
export const simulate = (seed: number, subjects: Subjects): SimReport => {
  const random = makePrng(seed)
  const log = new ModelLog()
  const store = new ModelStore()
  const atomic = random.chance(50)
  const purges = random.pick([5, 10, 15])
  const faults = random.chance(70)
  const fault = (percent: number) => faults && random.chance(percent)
  const losing = random.chance(10)
  let now = 1000
  let crashes = 0
  const report = { reads: 0, changed: 0, lost: 0 }

  const fail = (what: string): never => {
    const story = log.deeds.map(({ deed, id, offset }) => `${offset}:${id}:${JSON.stringify(deed)}`).join("\n")
    throw new Error(
      `${what} (seed ${seed}, atomic ${atomic}; rerun with JOURNAL_SEED=${seed})\n${story}\npointer ${store.pointer}`
    )
  }

  if (random.chance(20)) {
    log.end = random.below(5)
    log.start = log.end
  }

  /** What can happen next: requests to be carried out and answers to be handed over, of whoever is still alive. */
  let tasks: Array<{ readonly actor: Actor; readonly run: () => void }> = []
  const pageSize = () => 1 + random.below(5)
  const gap = () => (random.chance(10) ? 1 + random.below(2) : 0)

  interface Actor {
    alive: boolean
    /** Whether everything else is likely to happen first. */
    readonly lazy: boolean
    readonly tick: () => void
    readonly wakeAt: () => number | undefined
  }
  const actors = new Set<Actor>()

  const readLog = (offset: number): { readonly page: ReturnType<ModelLog["read"]>; readonly failure: LogFailure } => {
    const page = fault(4) ? undefined : log.read(offset, pageSize())
    const trimmed = offset < log.start
    return {
      page,
      failure: trimmed ? { _tag: "Trimmed", error: lost, logStart: log.start } : { _tag: "Retry", error: logDown }
    }
  }

  const startReplicator = (): Actor => {
    const machine = subjects.replication()
    let state = Replication.start({ ...place, atomic, heads: random.pick([1, 100]), backoffMs: 5, maxBackoffMs: 20 })
    const feed = (input: Replication.ReplicationInput) => {
      const [next, outputs] = machine.step(state, input)
      state = next
      for (const output of outputs) {
        if (output._tag === "Request") tasks.push({ actor, run: () => carryOut(output.epoch, output.request) })
      }
    }
    const carryOut = (epoch: number, request: Replication.ReplicationRequest) => {
      const reply = (answer: Replication.ReplicationAnswer) =>
        tasks.push({ actor, run: () => feed({ _tag: "Answered", epoch, answer }) })
      if (request._tag === "ReadLog") {
        const { failure, page } = readLog(request.offset)
        reply(page === undefined ? { _tag: "LogFailed", failure } : { _tag: "LogRead", page })
        return
      }
      const failed: Replication.ReplicationAnswer = { _tag: "StoreFailed", error: storeDown, request }
      if (fault(5)) return reply(failed)
      switch (request._tag) {
        case "ReadPointer":
          return reply({ _tag: "PointerRead", offset: store.pointer })
        case "ReadHead":
          return reply({ _tag: "HeadRead", id: request.id, head: store.heads.get(request.id) })
        case "Write": {
          const written = store.write(request.steps)
          if (!written) return reply({ _tag: "Fenced" })
          return reply(fault(5) ? failed : { _tag: "Written", line: request.line })
        }
      }
    }
    const actor: Actor = {
      alive: true,
      lazy: false,
      tick: () => feed({ _tag: "Tick", now }),
      wakeAt: () => machine.wakeAt(state)
    }
    actors.add(actor)
    feed({ _tag: "Tick", now })
    feed({ _tag: "Begin" })
    return actor
  }

  const startReader = (): void => {
    const machine = subjects.recovery()
    const id = random.pick(ids)
    const everything = random.chance(60)
    const from = everything ? 1 : 1 + random.below(8)
    const to = everything ? Number.MAX_SAFE_INTEGER : from + random.below(8)
    const events = random.chance(90)
    let state = Recovery.start({
      key: { topic, id },
      keyBytes: encodeUtf8(id),
      partition: 0,
      from,
      to,
      events,
      pageEvents: 1 + random.below(3),
      tailBytes: random.pick([0, 100, 10_000]),
      patienceMs: 1_000_000
    })
    const given: Array<string> = []
    const feed = (input: Recovery.RecoveryInput) => {
      const [next, outputs] = machine.step(state, input)
      state = next
      for (const output of outputs) perform(output)
    }
    const ask = (answer: () => Recovery.RecoveryInput) =>
      tasks.push({
        actor,
        run: () => {
          const input = answer()
          tasks.push({ actor, run: () => feed(input) })
        }
      })
    const askStore = (answer: () => Recovery.RecoveryInput) =>
      ask(() => (fault(1) ? { _tag: "Failed", error: storeDown } : answer()))
    const perform = (output: Recovery.RecoveryOutput): void => {
      switch (output._tag) {
        case "Mark":
          ask(() => ({ _tag: "Marked", offset: log.append(id, { _tag: "Mark" }, gap()) }))
          break
        case "ReadPointer":
          askStore(() => ({ _tag: "PointerRead", offset: store.pointer }))
          break
        case "ReadHead":
          askStore(() => ({ _tag: "HeadRead", head: store.heads.get(id) }))
          break
        case "ReadEvents": {
          const { from: first, limit, to: last } = output
          askStore(() => ({ _tag: "EventsRead", events: store.events(id, first, last, limit) }))
          break
        }
        case "ReadLog":
          ask(() => {
            const { failure, page } = readLog(output.offset)
            return page === undefined ? { _tag: "LogFailed", failure } : { _tag: "LogRead", page }
          })
          break
        case "Events":
          if (output.events.length === 0) fail(`reader of ${id} is given no events`)
          given.push(...output.events.map(nameOf))
          tasks.push({ actor, run: () => feed({ _tag: "Pull" }) })
          break
        case "Conflict":
          break
        case "End":
          retire()
          checkEnd(output.state)
          break
        case "Fail":
          retire()
          checkFail(output.error)
          break
      }
    }
    const retire = () => {
      actor.alive = false
      actors.delete(actor)
    }
    const checkEnd = (ended: Truth["state"]): void => {
      report.reads++
      const mark = state.mark ?? fail("a reader ends without a mark")
      const told: Truth = { state: ended, events: given }
      const truth = (before: number) => {
        const full = within(truthAt(log, id, before), from, to)
        return events ? full : { ...full, events: [] }
      }
      const at = Math.max(mark, (state.head?.offset ?? -1) + 1)
      if (sameTruth(told, truth(at))) return
      const later = log.deeds.filter((deed) => deed.id === id && deed.offset >= at && deed.deed._tag === "Purge")
      const purged = later.some(({ offset }) => {
        const before = truthAt(log, id, offset).state
        const emptied = ended !== undefined && ended.seqNr === before?.seqNr && ended.deleteTo === before.seqNr
        return given.length === 0 && (ended === undefined || (!atomic && emptied))
      })
      if (purged) return
      fail(
        `reader of ${id} from ${from} to ${to} with mark ${mark}, pointer ${state.pointer}, head ` +
          `${JSON.stringify(state.head)} is told\n${show(told)} and not\n${show(truth(at))}`
      )
    }
    const checkFail = (error: JournalError): void => {
      const mark = state.mark ?? -1
      if (error === storeDown) return
      if (error.reason === "Lost") {
        report.lost++
        if (!losing) fail("a reader is told that records are lost which are not")
        return
      }
      report.changed++
      const overtaken = log.deeds.some(
        ({ deed, id: whose, offset }) =>
          whose === id && offset > mark && (deed._tag === "Delete" || deed._tag === "Purge")
      )
      const expected = given.length > 0 && (overtaken || state.trimmed !== undefined)
      if (error.reason !== "Changed" || !expected) fail(`a reader fails: ${error.message}`)
    }
    const actor: Actor = {
      alive: true,
      lazy: random.chance(40),
      tick: () => feed({ _tag: "Tick", now }),
      wakeAt: () => machine.wakeAt(state)
    }
    actors.add(actor)
    feed({ _tag: "Tick", now })
    feed({ _tag: "Begin" })
    tasks.push({ actor, run: () => feed({ _tag: "Pull" }) })
  }

  const write = (): void => {
    const id = random.pick(ids)
    const last = truthAt(log, id, log.end).state?.seqNr ?? 0
    const roll = random.below(100)
    if (roll < 5) {
      log.add(foreignRecord, gap())
      return
    }
    let deed: Deed
    if (roll < 65) {
      const first = random.chance(80) ? last + 1 : random.chance(50) ? 1 + random.below(last + 1) : last + 2
      const seqNrs = Array.from({ length: 1 + random.below(3) }, (_, at) => first + at)
      const odd = random.chance(4) ? { upTo: first + random.below(5) } : {}
      deed = { _tag: "Append", seqNrs, ...odd }
    } else if (roll < 100 - 2 * purges) {
      deed = { _tag: "Delete", to: random.chance(80) ? 1 + random.below(last + 1) : last + 1 + random.below(5) }
    } else if (roll < 100 - purges) deed = { _tag: "Purge" }
    else deed = { _tag: "Mark" }
    log.append(id, deed, gap())
  }

  let replicators: Array<Actor> = [startReplicator()]
  const crash = (actor: Actor) => {
    crashes++
    actor.alive = false
    actors.delete(actor)
    replicators = replicators.filter((one) => one !== actor)
    if (replicators.length === 0) replicators.push(startReplicator())
  }
  const runTask = () => {
    tasks = tasks.filter(({ actor }) => actor.alive)
    if (tasks.length === 0) return
    const at = random.below(tasks.length)
    if (tasks[at]?.actor.lazy === true && random.chance(85)) return
    const [task] = tasks.splice(at, 1)
    task?.run()
  }
  const passTime = (by: number) => {
    now += by
    for (const actor of [...actors]) {
      const due = actor.wakeAt()
      if (actor.alive && due !== undefined && due <= now) actor.tick()
    }
  }

  const burst = 1 + random.below(12)
  for (let step = 0; step < steps; step++) {
    const roll = random.below(1000)
    if (roll < 180) write()
    else if (roll < 240) startReader()
    else if (roll < 250) {
      if (faults) crash(random.pick(replicators))
    } else if (roll < 255) {
      if (faults && atomic && replicators.length < 3) replicators.push(startReplicator())
    } else if (roll < 265) {
      const pointer = store.pointer
      if (pointer !== undefined) log.trim(losing && random.chance(30) ? pointer + 3 : pointer + 1 - random.below(3))
    } else if (roll < 320) passTime(1 + random.below(10))
    else for (let count = 0; count < burst; count++) runTask()
  }

  if (losing && (store.pointer ?? -1) + 1 < log.start) return { ...report, crashes }
  const settle = (done: () => boolean) => {
    for (let count = 0; !done(); count++) {
      if (count > 20_000) fail("the replication does not come to the end of the log")
      runTask()
      passTime(1)
    }
  }
  startReader()
  settle(() => store.pointer === log.end - 1 && actors.size === replicators.length)
  for (const actor of replicators) actor.alive = false
  for (const id of ids) {
    const { events, state } = truthAt(log, id, log.end)
    const head = store.heads.get(id)
    const kept: Truth = {
      state: head === undefined ? undefined : { seqNr: head.seqNr, deleteTo: head.deleteTo },
      events: store.events(id, 1, Number.MAX_SAFE_INTEGER, 1000).map(nameOf)
    }
    if (!sameTruth(kept, { events, state }))
      fail(`the store has of ${id}\n${show(kept)} and not\n${show({ events, state })}`)
  }
  return { ...report, crashes }
}
