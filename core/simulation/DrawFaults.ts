import type { FaultKind, NemesisOptions } from "./Nemesis.ts"
import type { PlannedFault } from "./PlannedFault.ts"
import { exponential, words } from "./Prng.ts"
import type { Prng } from "./Prng.ts"

type Timed<A> = A extends PlannedFault ? Omit<A, "phase"> : never

/** What the details of a fault are drawn from. */
interface Draw {
  readonly options: Required<Pick<NemesisOptions, "downMs" | "lastMs" | "stepMs" | "driftPerMille">> & NemesisOptions
  readonly random: Prng
  readonly at: number
}

const around = (random: Prng, mean: number): number => 1 + exponential(random.below(words), mean)

const shuffled = ({ options, random }: Draw): ReadonlyArray<string> => {
  const left = [...options.nodes]
  const taken: Array<string> = []
  while (left.length > 0) taken.push(...left.splice(random.below(left.length), 1))
  return taken
}

const between = (some: ReadonlyArray<string>, others: ReadonlyArray<string>): ReadonlyArray<string> => {
  const links: Array<string> = []
  for (const from of some) for (const to of others) if (from !== to) links.push(`${from}>${to}`)
  return links
}

const bothWays = (some: ReadonlyArray<string>, others: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...between(some, others),
  ...between(others, some)
]

/** The links that a cut of this shape takes away. */
const cutLinks = (shape: string, nodes: ReadonlyArray<string>, random: Prng): ReadonlyArray<string> => {
  const [first = ""] = nodes
  const middle = Math.floor(nodes.length / 2)
  switch (shape) {
    case "halves": {
      const size = 1 + random.below(Math.max(1, nodes.length - 1))
      return bothWays(nodes.slice(0, size), nodes.slice(size))
    }
    case "one way": {
      const size = 1 + random.below(Math.max(1, nodes.length - 1))
      return between(nodes.slice(0, size), nodes.slice(size))
    }
    case "isolate":
      return bothWays([first], nodes.slice(1))
    case "bridge":
      // Two sides, and one node that both can see.
      return bothWays(nodes.slice(0, middle), nodes.slice(middle + 1))
    default:
      // A ring: each node sees only the one before and the one after it.
      return nodes.flatMap((from, at) =>
        nodes.flatMap((to, other) => {
          const apart = Math.abs(at - other)
          return apart > 1 && apart < nodes.length - 1 ? [`${from}>${to}`] : []
        })
      )
  }
}

/** Nodes are clogged one after the other, and let go in another order. */
const swizzle = (draw: Draw): ReadonlyArray<Timed<PlannedFault>> => {
  const { at, options, random } = draw
  const some = shuffled(draw).slice(0, 1 + random.below(options.nodes.length))
  const half = around(random, options.lastMs)
  return some.map((name) => {
    const from = at + random.below(half)
    const others = options.nodes.filter((other) => other !== name)
    return { at: from, kind: "clog", links: bothWays([name], others), until: at + half + 1 + random.below(half) }
  })
}

const drawFault = (kind: FaultKind, draw: Draw): ReadonlyArray<Timed<PlannedFault>> => {
  const { at, options, random } = draw
  const { driftPerMille, lastMs, nodes, stepMs } = options
  const node = random.pick(nodes)
  const until = at + around(random, lastMs)
  const downMs = around(random, options.downMs)
  const power = random.chance(50)
  const links = between([node], nodes).filter(() => random.chance(70))
  switch (kind) {
    case "crash":
      return [{ at, kind, node, power, downMs }]
    case "crash the leader":
      return [{ at, kind: "crash", node, leader: true, power, downMs }]
    case "crash at an effect":
      return [{ at, kind: "crash", node, power, downMs, after: "effect", nth: 1 + random.below(5) }]
    case "crash at an output":
      return [{ at, kind: "crash", node, power, downMs, after: "output", nth: 1 + random.below(10) }]
    case "wipe":
      return [{ at, kind, node, downMs }]
    case "pause":
      return [{ at, kind, node, until }]
    case "clock step":
      return [{ at, kind, node, byMs: random.below(2 * stepMs + 1) - stepMs }]
    case "clock drift":
      return [{ at, kind, node, perMille: random.below(2 * driftPerMille + 1) - driftPerMille, until }]
    case "halves":
    case "one way":
    case "isolate":
    case "bridge":
    case "ring":
      return [{ at, kind: "cut", shape: kind, links: cutLinks(kind, shuffled(draw), random), until }]
    case "swizzle":
      return swizzle(draw)
    case "slow":
      return [{ at, kind, links, until, addMs: around(random, lastMs / 4) }]
    case "loss":
    case "duplicate":
    case "reorder":
      return [{ at, kind: "burst", of: kind, links, percent: random.pick([5, 30, 80]), until }]
    case "sync fails":
      return [{ at, kind, node }]
    case "disk full":
      return [{ at, kind, node, until }]
    case "rot":
    case "misdirect":
      return [{ at, kind, node, seed: random.below(words) }]
  }
}

/**
 * Draws the faults of a phase that lasts `lengthMs`.
 *
 * **Details**
 *
 * Each kind is in or out for all of the phase, and has a stream of its own: another kind, or one less, shifts no fault of
 * the others. The gap between two faults of all kinds is about `gapMs`.
 */
export const drawFaults = (options: NemesisOptions, random: Prng, lengthMs: number): ReadonlyArray<PlannedFault> => {
  const { gapMs, kinds, nodes } = options
  if (gapMs <= 0 || nodes.length === 0 || kinds.length === 0) return []
  const full = { downMs: 50, lastMs: 200, stepMs: 500, driftPerMille: 100, ...options }
  const drawn: Array<PlannedFault> = []
  for (const kind of new Set(kinds)) {
    const own = random.stream(kind)
    if (kinds.length > 1 && own.chance(50)) continue
    const gap = Math.ceil((gapMs * kinds.length) / 2)
    for (let at = around(own, gap); at < lengthMs; at += around(own, gap)) {
      drawn.push(...drawFault(kind, { options: full, random: own, at }))
    }
  }
  return drawn.toSorted((a, b) => a.at - b.at)
}
