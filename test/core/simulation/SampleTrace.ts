import { makePrng } from "../../../core/simulation/Prng.ts"
import type { TraceEvent } from "../../../core/simulation/TraceEvent.ts"

interface Flying {
  readonly at: number
  readonly id: number
  readonly from: number
  readonly to: number
  readonly what: string
  readonly lost: boolean
}

/** The trace of a made-up cluster with elections, appends, losses, crashes and a cut: for drawings. */
export const sampleTrace = (
  size: number,
  count: number,
  seed = 1
): { readonly nodes: ReadonlyArray<string>; readonly events: ReadonlyArray<TraceEvent> } => {
  const random = makePrng(seed)
  const nodes = Array.from({ length: size }, (_, at) => `n${at + 1}`)
  const events: Array<TraceEvent> = []
  const terms = nodes.map(() => 0)
  const heads = nodes.map(() => 0)
  const roles = nodes.map(() => "follower")
  const alive = nodes.map(() => true)
  const flying: Array<Flying> = []
  let now = 1000
  let ids = 0
  let votes = 0
  const status = (node: number) => `${roles[node]} t${terms[node]} head ${heads[node]}`
  const add = (node: number, kind: TraceEvent["kind"], what: string, more: Partial<TraceEvent> = {}) => {
    events.push({ at: now, node: nodes[node] ?? "", kind, what, ...more })
  }
  const send = (from: number, to: number, what: string) => {
    const id = ++ids
    add(from, "output", `Send ${what}`)
    add(from, "send", what, { message: id, to: nodes[to] })
    flying.push({ at: now + 1 + random.below(random.chance(10) ? 60 : 9), id, from, to, what, lost: random.chance(7) })
  }
  const broadcast = (from: number, what: string) => {
    for (const to of nodes.keys()) if (to !== from) send(from, to, what)
  }
  const campaign = (node: number) => {
    terms[node] = Math.max(...terms) + 1
    roles[node] = "candidate"
    votes = 1
    add(node, "input", "Tick", { status: status(node) })
    broadcast(node, `RequestVote t${terms[node]}`)
  }
  const arrive = ({ from, id, lost, to, what }: Flying) => {
    const ends = { message: id, from: nodes[from] }
    if (lost || !alive[to]) return add(to, "drop", what, ends)
    add(to, "deliver", what, ends)
    const [name] = what.split(" ")
    const term = Number(/t(\d+)/.exec(what)?.[1] ?? 0)
    if (term > (terms[to] ?? 0)) {
      terms[to] = term
      roles[to] = "follower"
    }
    if (name === "AppendEntries") heads[to] = heads[from] ?? 0
    if (name === "Vote" && roles[to] === "candidate" && ++votes > size / 2) roles[to] = "leader"
    add(to, "input", what, { status: status(to) })
    if (name === "RequestVote") send(to, from, `Vote t${term}`)
    else if (name === "AppendEntries") {
      add(to, "output", "Persist")
      add(to, "effect", "Persist")
      send(to, from, `Appended t${term} ${heads[to]}`)
    } else if (name === "Vote" && roles[to] === "leader" && votes++ > 0) {
      add(-1, "mark", `leader of term ${term}`)
      broadcast(to, `AppendEntries t${term} ${heads[to]}`)
    }
  }
  for (const node of nodes.keys()) add(node, "start", "start", { status: status(node) })
  while (events.length < count) {
    const leader = roles.findIndex((role, node) => role === "leader" && alive[node] === true)
    flying.sort((a, b) => a.at - b.at)
    const next = flying[0]
    if (next !== undefined && random.chance(94)) {
      flying.shift()
      now = Math.max(now, next.at)
      arrive(next)
    } else if (leader < 0) {
      now += 150 + random.below(100)
      const able = [...nodes.keys()].filter((node) => alive[node])
      if (able.length > 0) campaign(random.pick(able))
    } else if (random.chance(15)) {
      add(leader, "fault", `crash ${nodes[leader]}, power lost`)
      add(leader, "crash", "crash")
      alive[leader] = false
      roles[leader] = "follower"
    } else if (random.chance(10)) add(-1, "fault", `cut ${nodes[0]} | ${nodes.slice(1).join(" ")} until ${now + 300}`)
    else if (alive.includes(false) && random.chance(40)) {
      const dead = alive.indexOf(false)
      alive[dead] = true
      add(dead, "start", "start", { status: status(dead) })
    } else {
      now += random.below(30)
      heads[leader] = (heads[leader] ?? 0) + 1
      add(-1, "move", `propose x=${heads[leader]}`)
      add(leader, "input", `Propose ${heads[leader]}`, { status: status(leader) })
      broadcast(leader, `AppendEntries t${terms[leader]} ${heads[leader]}`)
    }
  }
  return { nodes, events: events.slice(0, count) }
}
