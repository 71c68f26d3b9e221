import { flightsOf, linkOf, nodeOf } from "./Arguments.ts"
import { feed } from "./Feed.ts"
import { showMessage, showNode } from "./Show.ts"
import { finishWork } from "./Work.ts"
import { type Flight, nodesOf, reject, selects, type Selector, type World } from "./World.ts"

const word = (world: World, text: string): void => {
  world.happenings.push({ _tag: "Word", text })
}

const tellFlight = ({ from, message, to }: Flight): string =>
  `${showNode(from)} -> ${showNode(to)}: ${showMessage(message)}`

/** The messages that a command names, in the order in which they were sent. */
const pick = (world: World, words: ReadonlyArray<string>): ReadonlyArray<Flight> => {
  const { count, last, nth, selector } = flightsOf(world, words)
  const found = world.flights.filter((flight) => selects(selector, flight))
  const picked = nth > 0 ? found.slice(nth - 1, nth) : last ? found.slice(-1) : found.slice(0, count)
  if (picked.length === 0) word(world, "no such message")
  return picked
}

const receive = (world: World, { from, incarnation, message, to }: Flight): void => {
  const node = world.nodes.get(to)
  if (node !== undefined) feed(world, node, { _tag: "Received", from, incarnation, message })
}

const take = (world: World, flights: ReadonlyArray<Flight>): void => {
  world.flights = world.flights.filter((flight) => !flights.includes(flight))
}

/** `deliver [n1->n2] [Append] [2|last]`: messages arrive, whatever is held; what they bring about stays on its way. */
export const deliver = (world: World, words: ReadonlyArray<string>): void => {
  const flights = pick(world, words)
  take(world, flights)
  for (const flight of flights) receive(world, flight)
}

/** `drop …`: messages are lost. */
export const drop = (world: World, words: ReadonlyArray<string>): void => {
  const flights = pick(world, words)
  take(world, flights)
  for (const flight of flights) word(world, `lost: ${tellFlight(flight)}`)
}

/** `clear`: everything on its way is lost, without a word about each. */
export const clear = (world: World): void => {
  world.flights = []
}

/** `duplicate …`: messages are on their way twice, the second time behind all others. */
export const duplicate = (world: World, words: ReadonlyArray<string>): void => {
  for (const flight of pick(world, words)) {
    world.flights.push({ ...flight })
    word(world, `twice: ${tellFlight(flight)}`)
  }
}

/** `hold n1->n2 [Append]`: messages of the link stay on their way until they are delivered by name, or released. */
export const hold = (world: World, words: ReadonlyArray<string>): void => {
  world.holds.push(flightsOf(world, words).selector)
}

/** `release [n1->n2]`: what was held goes on. */
export const release = (world: World, words: ReadonlyArray<string>): void => {
  const { selector } = flightsOf(world, words)
  const { from, kind, to } = selector
  world.holds = world.holds.filter(
    (each) =>
      (from !== 0 && each.from !== from) || (to !== 0 && each.to !== to) || (kind !== undefined && each.kind !== kind)
  )
}

/** `cut n1 n2|n3` between groups, or `cut n1->n3` one way: what is on such a link is lost, now and later. */
export const cut = (world: World, words: ReadonlyArray<string>): void => {
  const cuts = words.some((each) => each.includes("->"))
    ? words.map((each) => linkOf(world, each))
    : cutsBetween(world, words.join(" ").split("|"))
  world.cuts.push(...cuts)
  world.flights = world.flights.filter((flight) => !cuts.some((each) => selects(each, flight)))
}

const cutsBetween = (world: World, texts: ReadonlyArray<string>): ReadonlyArray<Selector> => {
  const groups = texts.map((text) =>
    text
      .trim()
      .split(/[\s,]+/)
      .map((each) => nodeOf(world, each).id)
  )
  if (groups.length < 2) reject(world, "a cut needs two groups, as in n1 n2|n3")
  const cuts: Array<Selector> = []
  for (const one of groups) {
    for (const other of groups) {
      if (one === other) continue
      for (const from of one) for (const to of other) cuts.push({ from, to, kind: undefined })
    }
  }
  return cuts
}

/** `heal`: all links work again. */
export const heal = (world: World): void => {
  world.cuts = []
}

/** `flights`: what is on its way. */
export const flights = (world: World): void => {
  for (const flight of world.flights) word(world, tellFlight(flight))
}

const mostDeliveries = 5000

/**
 * Disks finish and messages arrive until nothing is left to do for these nodes, while time stands still; with `kinds`
 * only such messages, and only the writes.
 */
export const settle = (world: World, ids: ReadonlyArray<number>, kinds?: RegExp): void => {
  let delivered = 0
  while (delivered < mostDeliveries) {
    const worked = workAll(world, ids, kinds !== undefined)
    const ready = world.flights.filter((flight) => isReady(world, flight, ids, kinds))
    take(world, ready)
    for (const flight of ready) receive(world, flight)
    delivered += ready.length + 1
    if (!worked && ready.length === 0) return
  }
  word(world, `VIOLATED L: no end after ${mostDeliveries} messages`)
}

const isConcerned = (ids: ReadonlyArray<number>, id: number): boolean => ids.length === 0 || ids.includes(id)

const isReady = (world: World, flight: Flight, ids: ReadonlyArray<number>, kinds: RegExp | undefined): boolean =>
  isConcerned(ids, flight.from) &&
  isConcerned(ids, flight.to) &&
  (kinds === undefined || kinds.test(flight.message._tag)) &&
  !world.holds.some((each) => selects(each, flight))

const workAll = (world: World, ids: ReadonlyArray<number>, whileVoting: boolean): boolean => {
  let worked = false
  for (const node of nodesOf(world)) {
    if (!isConcerned(ids, node.id) || node.state === undefined) continue
    for (const work of node.work.slice()) {
      if (whileVoting && (work._tag !== "Persist" || node.role.startsWith("leader"))) continue
      finishWork(world, node, work)
      worked = true
    }
  }
  return worked
}

/** `stabilize [n1 n2]`: see {@link settle}. */
export const stabilize = (world: World, words: ReadonlyArray<string>): void =>
  settle(
    world,
    words.map((each) => nodeOf(world, each).id)
  )
