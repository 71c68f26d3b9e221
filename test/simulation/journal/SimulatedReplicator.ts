import { Replication } from "../../../core/journal/index.ts"
import { answer } from "../../../core/machine/index.ts"
import { task } from "../driver/index.ts"
import type { Actor } from "../driver/index.ts"
import { logDown, place, storeDown } from "./JournalWorld.ts"
import type { JournalWorld } from "./JournalWorld.ts"

export type ReplicatorActor = Actor<Replication.ReplicationState, Replication.ReplicationInput>

/** How a request to the world ends. */
const carryOut = (world: JournalWorld, request: Replication.ReplicationRequest): Replication.ReplicationAnswer => {
  if (request._tag === "ReadLog") return world.readLog(request.offset)
  const { simulation, store } = world
  if (simulation.fault("store down", 5)) return { _tag: "StoreFailed", error: storeDown, request }
  switch (request._tag) {
    case "ReadPointer":
      return { _tag: "PointerRead", offset: store.pointer }
    case "ReadHead":
      return { _tag: "HeadRead", id: request.id, head: store.heads.get(request.id) }
    case "Write":
      if (store.write(request.steps)) return { _tag: "Written", line: request.line }
      simulation.mark("a replicator was fenced")
      return { _tag: "Fenced" }
  }
}

const resourceOf = (request: Replication.ReplicationRequest): string | undefined => {
  if (request._tag === "ReadHead") return undefined
  return request._tag === "Write" ? `line ${request.line}` : request._tag
}

const labelOf = (one: Replication.ReplicationInput | Replication.ReplicationOutput): string => {
  if (one._tag === "Answered") return `Answered ${one.answer._tag}`
  if (one._tag !== "Request") return one._tag
  return one.request._tag === "Write"
    ? `Write ${one.request.steps.map(({ _tag }) => _tag).join(" ")}`
    : one.request._tag
}

/** Starts a replicator; the store sees each of its requests at least once, and perhaps after its time was up. */
export const startReplicator = (world: JournalWorld, name: string, crashed: () => void): ReplicatorActor => {
  const { atomic, simulation, subjects } = world
  const heads = simulation.random("setup").pick([1, 100])
  const actor: ReplicatorActor = simulation.spawn({
    name,
    machine: subjects.replication(),
    state: Replication.start({ ...place, atomic, heads, backoffMs: 5, maxBackoffMs: 20 }),
    tick: (now): Replication.ReplicationInput => ({ _tag: "Tick", now }),
    label: labelOf,
    crashed,
    perform: (output: Replication.ReplicationOutput) => {
      if (output._tag !== "Request") return answer(() => simulation.mark(output._tag))
      const { epoch, request } = output
      const answered = (reply: Replication.ReplicationAnswer): Replication.ReplicationInput => ({
        _tag: "Answered",
        epoch,
        answer: reply
      })
      const late: Replication.ReplicationAnswer =
        request._tag === "ReadLog"
          ? { _tag: "LogFailed", failure: { _tag: "Retry", error: logDown } }
          : { _tag: "StoreFailed", error: storeDown, request }
      return task(resourceOf(request), () => answered(carryOut(world, request)), {
        timedOut: answered(late),
        repeatable: true,
        // Only a store with transactions refuses what comes late.
        remote: atomic
      })
    }
  })
  actor.feed({ _tag: "Begin" })
  return actor
}
