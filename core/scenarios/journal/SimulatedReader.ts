import { encodeUtf8 } from "../../bytes/index.ts"
import { Recovery } from "../../journal/index.ts"
import type { JournalError } from "../../journal/index.ts"
import { answer } from "../../machine/index.ts"
import { task } from "../../simulation/index.ts"
import type { Meaning, Node, Prng, Task } from "../../simulation/index.ts"
import { nameOf, sameTruth, showTruth, topic, truthAt, within } from "./JournalModel.ts"
import type { Truth } from "./JournalModel.ts"
import { gap, storeDown } from "./JournalWorld.ts"
import type { JournalWorld } from "./JournalWorld.ts"
import type { SimulatedCache } from "./SimulatedCache.ts"
import type { SimulatedTrust } from "./SimulatedTrust.ts"

export type ReaderNode = Node<Recovery.RecoveryState, Recovery.RecoveryInput>

/** What a reader asks for, and what it was given. */
class Read {
  readonly id: string
  readonly from: number
  readonly to: number
  readonly events: boolean
  readonly given: Array<string> = []
  /** How often the store had been restored when it began. */
  readonly restores: number
  /** Whether the store was another log's when it began. */
  readonly isForeign: boolean
  /** The number of the last event that was given. */
  last = 0
  /** Whether the store was restored while it was compared. */
  isOutdated = false

  constructor({ ids, isForeign, restores }: JournalWorld, random: Prng) {
    this.restores = restores
    this.isForeign = isForeign
    this.id = random.pick(ids)
    const everything = random.chance(60)
    this.from = everything ? 1 : 1 + random.below(8)
    this.to = everything ? Number.MAX_SAFE_INTEGER : this.from + random.below(8)
    this.events = random.chance(90)
  }
}

/** Whether a replicator had come to the store before the reader looked. */
const isReplicated = ({ head, pointer }: Recovery.RecoveryState): boolean => pointer !== undefined || head !== undefined

/** What was violated where a reader is told something else than the journal is. */
const violated = (world: JournalWorld, read: Read, told: Truth, at: number): string => {
  const { id } = read
  const winners = truthAt(world.log, id, at).events
  const winnerOf = new Map(winners.map((event) => [event.split("/")[1], event]))
  const isOlder = world.log.deeds.some(({ offset }) => offset < at && sameTruth(told, truthOf(world, read, offset)))
  if (isOlder) return "J2 what was written before a read is read"
  const isUsurped = told.events.some((event) => (winnerOf.get(event.split("/")[1]) ?? event) !== event)
  return isUsurped ? "J6 the first writer of a number wins" : "J1 a read is the journal at one point of the log"
}

/** The journal at a point of the log, as far as it was asked for. */
const truthOf = ({ log }: JournalWorld, { events, from, id, to }: Read, before: number): Truth => {
  const full = within(truthAt(log, id, before), from, to)
  return events ? full : { ...full, events: [] }
}

/**
 * Fails where a reader that came to its end was told what no reader may be told.
 *
 * **Details**
 *
 * What it is told is the journal at one point of the log, which is the mark, or how far the cache had come that told it
 * of the tail, or, where the store had already gone beyond that when its head was read, the last record in that head.
 * Never a mixture of two points. One exception: while a purge behind that point is being copied to a store without
 * transactions, all events may be gone already and the last number not yet.
 */
const checkEnd = (world: JournalWorld, read: Read, state: Recovery.RecoveryState, ended: Truth["state"]): void => {
  const { atomic, log } = world
  const { from, given, id, to } = read
  if (world.isForeign) {
    world.fail(
      "J10 no read is answered from another log's store",
      `reader of ${id} is told ${showTruth({ state: ended, events: given })}`
    )
  }
  const mark = state.mark ?? world.fail("J2 what was written before a read is read", "a reader ends without a mark")
  const isFromStart = state.known === undefined ? !isReplicated(state) : state.known.from < world.origin
  if (isFromStart && world.origin > 0) {
    world.fail(
      "J4 a read that lacks records says so",
      "a reader is not told that the log does not have what its store has never had"
    )
  }
  const told: Truth = { state: ended, events: given }
  const at = Math.max(mark, state.known?.to ?? 0, (state.head?.offset ?? -1) + 1)
  if (sameTruth(told, truthOf(world, read, at))) return
  const later = log.deeds.filter((deed) => deed.id === id && deed.offset >= at && deed.deed._tag === "Purge")
  const purged = later.some(({ offset }) => {
    const before = truthAt(log, id, offset).state
    const emptied = ended !== undefined && ended.seqNr === before?.seqNr && ended.deleteTo === before.seqNr
    return given.length === 0 && (ended === undefined || (!atomic && emptied))
  })
  if (purged) return world.simulation.mark("a read came into a purge")
  world.fail(
    violated(world, read, told, at),
    `reader of ${id} from ${from} to ${to} with mark ${mark}, known ${JSON.stringify(state.known)}, pointer ${state.pointer}, head ` +
      `${JSON.stringify(state.head)} is told\n${showTruth(told)} and not\n${showTruth(truthOf(world, read, at))}`
  )
}

/**
 * Fails where a read failed that should not have. One that has given out events which a delete or purge behind its mark
 * then overtakes fails with `Changed`; one that has given out nothing begins again by itself.
 */
const checkFail = (world: JournalWorld, read: Read, state: Recovery.RecoveryState, error: JournalError): void => {
  const mark = state.mark ?? -1
  if (error === storeDown) return
  if (read.isForeign && (error.reason === "Store" || error.reason === "Lost")) {
    return world.simulation.mark(
      error.reason === "Store" ? "a read refused another log's store" : "a read refused a store beyond its log"
    )
  }
  // The pointer may have come back to where it was when the comparison began.
  if (error.reason === "Store" && read.isOutdated) {
    return world.simulation.mark("a store was restored while it was compared")
  }
  if (error.reason === "Lost") {
    const isEarly = state.pointer === undefined && world.origin > 0
    world.simulation.mark(isEarly ? "a read came before the first pointer" : "a read was told that records are lost")
    if (!isEarly && !world.losing) {
      world.fail(
        "J4 only what is in the store is gone from the log",
        "a reader is told that records are lost which are not"
      )
    }
    return
  }
  world.simulation.mark("a read failed because its journal changed")
  const overtaken = world.log.deeds.some(
    ({ deed, id, offset }) => id === read.id && offset > mark && (deed._tag === "Delete" || deed._tag === "Purge")
  )
  const expected = read.given.length > 0 && (overtaken || state.trimmed !== undefined)
  if (error.reason !== "Changed" || !expected) {
    world.fail("J5 a read fails only where a delete or purge overtakes it", `a reader fails: ${error.message}`)
  }
}

/** Fails where a reader is given events out of turn, or reads more of the log than the store lacks. */
const checkTurn = (world: JournalWorld, read: Read, state: Recovery.RecoveryState, output: Recovery.RecoveryOutput) => {
  if (output._tag === "Events") {
    if (output.events.length === 0) world.fail("J1 a page has events", `reader of ${read.id} is given no events`)
    for (const { offset, seqNr } of output.events) {
      if (seqNr <= read.last) {
        world.fail(
          "J1 events come in order, and once",
          `reader of ${read.id} is given ${offset}/${seqNr} after ${read.last}`
        )
      }
      read.last = seqNr
    }
  }
  if (output._tag !== "ReadLog" || state.phase === "Checking") return
  // A tail that is known may begin below that, where it begins with a purge.
  const stored = state.known === undefined ? (state.pointer ?? -1) + 1 : 0
  if (output.offset < stored) {
    world.fail(
      "J7 a read costs what the store lacks",
      `reader of ${read.id} reads the log at ${output.offset}, and the store has all before ${stored}`
    )
  }
}

/** Fails where a reader takes a store for an older one that was never restored. */
const checkTrust = (
  world: JournalWorld,
  { id }: Read,
  { known, looks }: Recovery.RecoveryState,
  output: { _tag: string }
) => {
  if (output._tag !== "ReadHead" || looks < 2 || known !== undefined) return
  if (world.restores > 0) return world.simulation.mark("a read found an older store")
  world.fail("J8 what is known of a tail is true of the store", `reader of ${id} believes that the store went back`)
}

/** Counts what a reader made of what it was told of the tail. */
const markCachedTurn = (
  { simulation }: JournalWorld,
  state: Recovery.RecoveryState,
  output: { _tag: string }
): void => {
  const { tail } = state.known ?? {}
  if (output._tag === "ReadLog" && state.phase === "Scanning") simulation.mark("a tail was stored in part")
  else if (output._tag !== "End") return
  else if (tail === undefined) simulation.mark("a read had no tail")
  else if (tail.purged) simulation.mark("a tail was purged")
  else if ((state.head?.offset ?? -1) >= tail.last) simulation.mark("a tail was stored")
  else if (state.head !== undefined && (tail.first ?? 0) > state.head.offset)
    simulation.mark("a tail was over its head")
}

/** Counts the turns that a reader takes only seldom. */
const markTurn = (world: JournalWorld, state: Recovery.RecoveryState, output: Recovery.RecoveryOutput): void => {
  const { simulation } = world
  if (state.known !== undefined) markCachedTurn(world, state, output)
  if (output._tag === "ReadPointer" && state.phase === "Confirming")
    simulation.mark("a read asked for the pointer again")
  else if (output._tag === "ReadPointer" && state.looks === 1) simulation.mark("a read looked at the pointer twice")
  else if (output._tag === "ReadPointer" && state.mark !== undefined) simulation.mark("a read began again")
  else if (output._tag === "ReadHead" && state.doubted !== undefined) simulation.mark("a read doubted a page")
  else if (output._tag === "ReadLog" && state.phase === "Checking")
    simulation.mark("a read found the store beyond its mark")
  else if (output._tag === "ReadLog" && state.phase === "Tailing") simulation.mark("a read read its tail twice")
}

/** The same effect after so many tries that have none, for a reader that is slow. */
const slowly = (tries: number, act: () => Recovery.RecoveryInput): (() => Recovery.RecoveryInput | undefined) => {
  let left = tries
  return () => (left-- > 0 ? undefined : act())
}

/**
 * Starts a reader, which pulls until it comes to an end; with a cache, it asks it. `onEnd` is told whether it failed.
 */
export const startReader = (
  world: JournalWorld,
  name: string,
  random: Prng,
  trust: SimulatedTrust,
  cache: SimulatedCache | undefined,
  onEnd: (error: JournalError | undefined) => void = () => undefined
): ReaderNode => {
  const { log, simulation, store, subjects } = world
  const read = new Read(world, random)
  const { events, from, id, to } = read
  const tries = random.chance(40) ? 6 : 0
  const config: Recovery.RecoveryConfig = {
    key: { topic, id },
    keyBytes: encodeUtf8(id),
    partition: 0,
    from,
    to,
    events,
    trusted: trust.isTrusted(),
    cached: cache !== undefined,
    pageEvents: 1 + random.below(3),
    tailBytes: random.pick([0, 100, 10_000]),
    patienceMs: 1_000_000_000
  }
  const askLog = (act: () => Recovery.RecoveryInput): Task<Recovery.RecoveryInput> =>
    task(undefined, slowly(tries, act), { timedOut: { _tag: "Failed", error: storeDown } })
  const askStore = (act: () => Recovery.RecoveryInput): Task<Recovery.RecoveryInput> =>
    task(
      undefined,
      slowly(tries, () => (world.fault("store down", 1) ? { _tag: "Failed", error: storeDown } : act())),
      { timedOut: { _tag: "Failed", error: storeDown }, repeatable: true }
    )
  const perform = (output: Recovery.RecoveryOutput): Meaning<Recovery.RecoveryInput> => {
    markTurn(world, node.state(), output)
    checkTurn(world, read, node.state(), output)
    checkTrust(world, read, node.state(), output)
    switch (output._tag) {
      case "CheckStore":
        return task<Recovery.RecoveryInput>(undefined, () => {
          trust.ask((error) => {
            read.isOutdated = trust.isOutdated()
            node.feed(error === undefined ? { _tag: "StoreTrusted" } : { _tag: "Failed", error })
          })
          return { _tag: "Tick", now: node.now() }
        })
      case "Mark":
        return askLog(() => {
          if (world.isForeign)
            world.fail("J10 no mark is written beside another log's store", `reader of ${id} writes a mark`)
          return { _tag: "Marked", offset: log.append(id, { _tag: "Mark" }, gap(random)) }
        })
      case "AskTail":
        return task<Recovery.RecoveryInput>(undefined, () => {
          cache?.ask(id, output.mark, (tail) => node.feed({ _tag: "TailKnown", answer: tail }))
          return { _tag: "Tick", now: node.now() }
        })
      case "ReadPointer":
        return askStore(() => ({ _tag: "PointerRead", offset: store.pointer }))
      case "ReadHead":
        return askStore(() => ({ _tag: "HeadRead", head: store.heads.get(id) }))
      case "ReadEvents":
        return askStore(() => ({
          _tag: "EventsRead",
          events: store.events(id, output.from, output.to, output.limit)
        }))
      case "ReadLog":
        return task(
          undefined,
          slowly(tries, () => world.readLog(output.offset, 1 + random.below(5))),
          { repeatable: true }
        )
      case "Events":
        read.given.push(...output.events.map(nameOf))
        return task<Recovery.RecoveryInput>(
          undefined,
          slowly(tries, () => ({ _tag: "Pull" }))
        )
      case "Conflict":
        return answer(() => simulation.mark("a read left a conflict out"))
      case "End":
        return answer(() => {
          const state = node.state()
          node.stop()
          simulation.mark("a read ended")
          onEnd(undefined)
          if (read.restores === world.restores) checkEnd(world, read, state, output.state)
        })
      case "Fail":
        return answer(() => {
          const state = node.state()
          node.stop()
          if (output.error.reason === "Lost") trust.doubt()
          onEnd(output.error)
          if (read.restores === world.restores) checkFail(world, read, state, output.error)
        })
    }
  }
  const node: ReaderNode = simulation.node<Recovery.RecoveryState, Recovery.RecoveryInput, Recovery.RecoveryOutput>({
    name,
    crashes: false,
    boot: () => ({
      machine: subjects.recovery,
      state: Recovery.start(config),
      tick: (now) => ({ _tag: "Tick", now }),
      status: ({ mark, phase }) => `${phase} to ${mark ?? "?"}`,
      perform
    })
  })
  node.feed({ _tag: "Begin" })
  node.feed({ _tag: "Pull" })
  return node
}
