import type { Command } from "../../core/chain/index.ts"
import type { Area, Comparison, Side } from "./Bench.ts"
import { MemoryCluster } from "./MemoryCluster.ts"

const payload = new Uint8Array(100)
const commandsOfRun = 10_000

const commands = (count: number): ReadonlyArray<Command> => {
  const made: Array<Command> = []
  for (let at = 0; at < count; at++) made.push({ session: 0, sequence: 0, payload })
  return made
}

/** What is proposed in one turn: `size` commands, in as many proposals. */
const proposalsOf = (size: number, proposals: number): ReadonlyArray<ReadonlyArray<Command>> => {
  const made: Array<ReadonlyArray<Command>> = []
  for (let at = 0; at < proposals; at++) made.push(commands(size / proposals))
  return made
}

type Proposals = ReturnType<typeof proposalsOf>

const committing = (cluster: MemoryCluster, size: number, proposals: Proposals): Side => ({
  name: "the machine",
  run: () => {
    for (let done = 0; done < commandsOfRun; done += size) cluster.commit(proposals)
    return commandsOfRun
  }
})

interface Note {
  readonly to: number
  readonly round: number
  readonly carried: ReadonlyArray<ReadonlyArray<Command>>
}

/** As many inputs as the machines of a cluster get in a turn, through arrays as theirs, to somebody who only counts them. */
const passing = (inputs: number, size: number, carried: Proposals): Side => {
  const seen = [0, 0, 0, 0, 0]
  let mail: Array<Note> = []
  let next: Array<Note> = []
  const turn = (round: number): void => {
    for (let left = inputs; left > 0;) {
      for (let at = 0; at < 3 && left > 0; at++, left--) mail.push({ to: left % seen.length, round, carried })
      const now = mail
      mail = next
      for (let at = 0; at < now.length; at++) {
        const { carried: brought, to } = now[at] as Note
        seen[to] = (seen[to] as number) + brought.length
      }
      now.length = 0
      next = now
    }
  }
  return {
    name: `arrays that carry ${inputs} messages a turn`,
    run: () => {
      for (let done = 0; done < commandsOfRun; done += size) turn(done)
      return commandsOfRun
    }
  }
}

const comparison = (nodes: number, size: number, count: number, rateGoal?: number): Comparison => {
  const cluster = new MemoryCluster(nodes)
  const proposals = proposalsOf(size, count)
  const turns = 1000
  for (let turn = 0; turn < turns; turn++) cluster.commit(proposals)
  const before = cluster.inputs
  for (let turn = 0; turn < turns; turn++) cluster.commit(proposals)
  const inputs = Math.round((cluster.inputs - before) / turns)
  const what = size === 1 ? "one at a time" : count === 1 ? `${size} in a proposal` : `${size} proposals of one at once`
  return {
    name: `${nodes} nodes, ${what}`,
    unit: "commands",
    clock: "processor",
    warmMs: 3000,
    ...(rateGoal === undefined ? {} : { rateGoal }),
    subject: committing(cluster, size, proposals),
    baseline: passing(inputs, size, proposals)
  }
}

/** The chain's machine in memory: commands of 100 B from the proposal until every node has committed them. */
export const chain: Area = {
  name: "chain",
  about: "the chain's machine in memory",
  run: async (report) => {
    for (const nodes of [3, 5]) {
      await report(comparison(nodes, 1, 1, nodes === 3 ? 333_333 : undefined))
      for (const size of [100, 1000]) {
        await report(comparison(nodes, size, 1, 2_500_000))
        await report(comparison(nodes, size, size, 2_500_000))
      }
    }
  }
}
