import type { CompletePlan, Plan } from "./Plan.ts"
import type { PlannedFault } from "./PlannedFault.ts"

/** The links or the node of a fault that are not there. */
const strangers = (fault: PlannedFault, isNode: (name: string) => boolean): string | undefined => {
  if ("links" in fault) {
    const links = fault.links.filter((link) => !link.split(">").every(isNode))
    return links.length === 0 ? undefined : `there is no link ${links.join(", ")}`
  }
  // One that aims at the leader has its node only for when nobody leads.
  const aims = fault.kind === "crash" && fault.leader === true
  return aims || isNode(fault.node) ? undefined : `there is no node ${fault.node}`
}

/**
 * What of a plan has never come about in its run, as words for people: `moves[3] (want) never began`.
 *
 * **Details**
 *
 * `ran` is the plan that the run left behind, of the very moves and faults of `plan`, and `nodes` are the names of all nodes
 * that the run had. A move never begins where no workload has it, or where the run or its phase was over before its time;
 * a chance is never taken where its stream does not exist, or has had too few occasions.
 */
export const unusedOf = (plan: Plan, ran: CompletePlan, nodes: ReadonlySet<string>): ReadonlyArray<string> => {
  const unused: Array<string> = []
  const moves = new Set(ran.moves)
  for (const [at, move] of (plan.moves ?? []).entries()) {
    if (!moves.has(move)) unused.push(`moves[${at}] (${move.name}) never began`)
  }
  const faults = new Set(ran.faults)
  for (const [at, fault] of (plan.faults ?? []).entries()) {
    const stranger = strangers(fault, (name) => nodes.has(name))
    const why = stranger ?? (faults.has(fault) ? undefined : "never began")
    if (why !== undefined) unused.push(`faults[${at}] (${fault.kind}): ${why}`)
  }
  const chances = new Set(ran.chances.map(({ nth, stream }) => `${nth} ${stream}`))
  for (const [at, { nth, stream }] of (plan.chances ?? []).entries()) {
    if (!chances.has(`${nth} ${stream}`)) unused.push(`chances[${at}] (${stream}, ${nth}) was never taken`)
  }
  return unused
}
