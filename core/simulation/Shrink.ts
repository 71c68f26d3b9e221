import type { PlannedChance } from "./Chance.ts"
import { ddmin } from "./Ddmin.ts"
import type { CompletePlan, PlannedMove } from "./Plan.ts"
import type { PlannedFault } from "./PlannedFault.ts"
import { Run } from "./Run.ts"
import { failedRun } from "./RunPlan.ts"
import type { Scenario } from "./Scenario.ts"
import type { SimulationFailed } from "./SimulationFailed.ts"

/** A failure with as little as possible in its plan, and how many runs it took to find it. */
export interface Shrunk {
  readonly plan: CompletePlan
  readonly failure: SimulationFailed
  readonly runs: number
}

/** Something that may be left out of a plan. */
type Item =
  | { readonly _tag: "Fault"; readonly fault: PlannedFault }
  | { readonly _tag: "Move"; readonly move: PlannedMove }
  | { readonly _tag: "Chance"; readonly chance: PlannedChance }

const itemsOf = ({ chances, faults, moves }: CompletePlan): ReadonlyArray<Item> => [
  ...faults.map((fault) => ({ _tag: "Fault" as const, fault })),
  ...moves.map((move) => ({ _tag: "Move" as const, move })),
  ...chances.map((chance) => ({ _tag: "Chance" as const, chance }))
]

const withItems = (plan: CompletePlan, items: ReadonlyArray<Item>): CompletePlan => ({
  ...plan,
  faults: items.flatMap((item) => (item._tag === "Fault" ? [item.fault] : [])),
  moves: items.flatMap((item) => (item._tag === "Move" ? [item.move] : [])),
  chances: items.flatMap((item) => (item._tag === "Chance" ? [item.chance] : []))
})

const replaced = <A>(all: ReadonlyArray<A>, at: number, one: A): ReadonlyArray<A> =>
  all.map((old, place) => (place === at ? one : old))

/** Shorter and plainer versions of a fault, the plainest first. */
const plainer = (fault: PlannedFault): ReadonlyArray<PlannedFault> => {
  if ("until" in fault) {
    const lasts = fault.until - fault.at
    return [0, 1, 10, lasts >> 1].filter((ms) => ms < lasts).map((ms) => ({ ...fault, until: fault.at + ms }))
  }
  if (!("downMs" in fault)) return []
  const { downMs } = fault
  const brief = [1, 10, downMs >> 1].filter((ms) => ms < downMs).map((ms) => ({ ...fault, downMs: ms }))
  if (fault.kind !== "crash" || fault.nth === undefined || fault.nth === 1) return brief
  return [...[1, fault.nth >> 1].map((nth) => ({ ...fault, nth })), ...brief]
}

/** Earlier versions of a move, and such with plainer randomness. */
const plainerMove = (move: PlannedMove): ReadonlyArray<PlannedMove> => [
  ...[0, move.at >> 1].filter((at) => at < move.at).map((at) => ({ ...move, at })),
  ...[0, 1, 2].filter((seed) => seed < move.seed).map((seed) => ({ ...move, seed }))
]

/** The same fault as much earlier, with all of its times. */
const earlier = (fault: PlannedFault, at: number): PlannedFault =>
  "until" in fault ? { ...fault, at, until: fault.until - fault.at + at } : { ...fault, at }

/** How often knobs and items are gone through again while that still makes the plan smaller. */
const rounds = 4

/** One search for a smaller plan that fails in the same way. */
class Search {
  best: CompletePlan
  runs = 0
  private readonly scenario: Scenario
  private readonly invariant: string
  private readonly goOn: () => boolean

  constructor(scenario: Scenario, failure: SimulationFailed, goOn: () => boolean) {
    this.scenario = scenario
    this.best = failure.plan
    this.invariant = failure.invariant
    this.goOn = goOn
  }

  /** Whether a plan fails in the same way; what it did until then is the best so far. */
  fails(plan: CompletePlan): boolean {
    this.runs++
    const outcome = Run.outcome(this.scenario, plan, {})
    if (outcome.failure?.invariant !== this.invariant) return false
    this.best = outcome.plan
    return true
  }

  /** The same, unless there is no time left. */
  tries(plan: CompletePlan): boolean {
    return this.goOn() && this.fails(plan)
  }

  /** Each knob gets the calmest value with which the run still fails; smaller values are tried before greater ones. */
  knobs(): void {
    for (const [name, values] of Object.entries(this.scenario.knobs)) {
      const at = values.indexOf(this.best.knobs[name] ?? NaN)
      const [calm] = values
      const calmer = values.slice(1, Math.max(1, at)).toSorted((a, b) => a - b)
      for (const value of at === 0 || calm === undefined ? [] : [calm, ...calmer]) {
        if (this.tries({ ...this.best, knobs: { ...this.best.knobs, [name]: value } })) break
      }
    }
    if (this.best.knobs["shuffle"] !== 0) this.tries({ ...this.best, knobs: { ...this.best.knobs, shuffle: 0 } })
  }

  /** Leaves out faults, moves and chances, whatever is not needed. */
  items(): void {
    const from = this.best
    ddmin(itemsOf(from), (kept) => this.fails(withItems(from, kept)), this.goOn)
  }

  /** Makes what is left shorter, earlier and plainer. */
  details(): void {
    const { faults, moves } = this.best
    const idle = Math.min(...faults.map(({ at }) => at), ...moves.map(({ at }) => at))
    if (idle > 0 && idle < Infinity) {
      const sooner = {
        faults: faults.map((fault) => earlier(fault, fault.at - idle)),
        moves: moves.map((move) => ({ ...move, at: move.at - idle }))
      }
      this.tries({ ...this.best, ...sooner })
    }
    for (let at = 0; at < this.best.faults.length; at++) {
      this.first(plainer, at)
      this.first((fault) => [0, fault.at >> 1].filter((to) => to < fault.at).map((to) => earlier(fault, to)), at)
    }
    for (let at = 0; at < this.best.moves.length; at++) {
      // A move may become earlier and get another seed.
      for (let twice = 0; twice < 2; twice++) {
        const { moves } = this.best
        const move = moves[at]
        const options = move === undefined ? [] : plainerMove(move)
        options.find((one) => this.tries({ ...this.best, moves: replaced(moves, at, one) }))
      }
    }
  }

  /** Puts the first version of a fault that still fails in its place. */
  private first(versions: (fault: PlannedFault) => ReadonlyArray<PlannedFault>, at: number): void {
    const { faults } = this.best
    const fault = faults[at]
    if (fault === undefined) return
    versions(fault).find((one) => this.tries({ ...this.best, faults: replaced(faults, at, one) }))
  }
}

/**
 * Looks for a smaller plan that fails in the same way: with the same invariant.
 *
 * **Details**
 *
 * Knobs are calmed one by one; then faults, moves and chances are left out by {@link ddmin}; then what is left becomes
 * shorter, earlier and plainer; and all of it again while that helps. What had not begun when the run failed is no part
 * of a failure's plan in the first place. `goOn` is asked before each run, and ends the search with the
 * best plan so far.
 */
export const shrink = (
  scenario: Scenario,
  failure: SimulationFailed,
  options: { readonly goOn: () => boolean }
): Shrunk => {
  const search = new Search(scenario, failure, options.goOn)
  for (let round = 0, before = ""; round < rounds && before !== JSON.stringify(search.best); round++) {
    before = JSON.stringify(search.best)
    search.knobs()
    search.items()
    search.details()
  }
  const shrunk = failedRun(scenario, search.best)
  return { plan: search.best, failure: shrunk ?? failure, runs: search.runs }
}
