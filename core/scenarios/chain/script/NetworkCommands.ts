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
  const { count, last, selector } = flightsOf(world, words)
  const found = world.flights.filter((flight) => selects(selector, flight))
  const picked = last ? found.slice(-1) : found.slice(0, count)
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

/** `heal`: all links work again, and nothing is held. */
export const heal = (world: World): void => {
  world.cuts = []
  world.holds = []
}

/** `flights`: what is on its way. */
export const flights = (world: World): void => {
  for (const flight of world.flights) word(world, tellFlight(flight))
}

const enough = 5000

/** Disks finish and messages arrive until nothing is left to do for these nodes, while time stands still. */
export const settle = (world: World, ids: ReadonlyArray<number>): void => {
  const concerned = (id: number): boolean => ids.length === 0 || ids.includes(id)
  for (let rounds = 0; rounds < enough; rounds++) {
    let moved = false
    for (const node of nodesOf(world)) {
      if (!concerned(node.id) || node.state === undefined) continue
      for (const work of node.work.slice()) {
        finishWork(world, node, work)
        moved = true
      }
    }
    const ready = world.flights.filter(
      (flight) => concerned(flight.from) && concerned(flight.to) && !world.holds.some((each) => selects(each, flight))
    )
    take(world, ready)
    for (const flight of ready) {
      receive(world, flight)
      moved = true
    }
    if (!moved) return
  }
  word(world, `VIOLATED L: no end after ${enough} rounds`)
}

/** `stabilize [n1 n2]`: see {@link settle}. */
export const stabilize = (world: World, words: ReadonlyArray<string>): void =>
  settle(
    world,
    words.map((each) => nodeOf(world, each).id)
  )
