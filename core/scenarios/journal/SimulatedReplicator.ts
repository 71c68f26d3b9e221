import { Replication } from "../../journal/index.ts"
import { answer } from "../../machine/index.ts"
import { headsOf } from "../../store/index.ts"
import { task } from "../../simulation/index.ts"
import type { Node, Prng } from "../../simulation/index.ts"
import { beginning } from "../Begin.ts"
import { logDown, place, storeDown } from "./JournalWorld.ts"
import type { JournalWorld } from "./JournalWorld.ts"

export type ReplicatorNode = Node<Replication.ReplicationState, Replication.ReplicationInput>

type Request = Replication.ReplicationRequest

/** Writes, unless it is too late for that, or another replicator has moved the pointer. */
const write = (
  world: JournalWorld,
  random: Prng,
  now: number,
  request: Extract<Request, { readonly _tag: "Write" }>
): Replication.ReplicationAnswer => {
  const { atomic, log, simulation, store } = world
  const { line, steps, until } = request
  if (until !== undefined && now > until) {
    simulation.mark("a write came too late")
    return { _tag: "TooLate", line } as const
  }
  if (world.isForeign) {
    world.fail("J9 nothing is written to another log's store", "a replicator writes to a store that is another log's")
  }
  if (!atomic && steps.length > 1 && world.fault("write torn", 10)) {
    simulation.mark("a write was torn")
    store.write(steps.filter(() => random.chance(50)))
    return { _tag: "StoreFailed", error: storeDown, request }
  }
  const before = store.pointer ?? -1
  if (!store.write(steps)) {
    simulation.mark("a replicator was fenced")
    return { _tag: "Fenced" } as const
  }
  const after = store.pointer ?? -1
  if (after < before) world.fail("J3 the pointer never goes back", `the pointer goes back from ${before} to ${after}`)
  if (after >= log.end) {
    world.fail(
      "J4 the pointer promises only what the log has",
      `the pointer is ${after}, and the log ends at ${log.end}`
    )
  }
  return { _tag: "Written", line } as const
}

/** How a request to the world ends. */
const carryOut = (world: JournalWorld, random: Prng, now: number, request: Request): Replication.ReplicationAnswer => {
  if (request._tag === "ReadLog") return world.readLog(request.offset, 1 + random.below(5))
  if (request._tag === "Look") return world.readLog(request.offset, world.isForeign ? 100 : 1 + random.below(20))
  const { simulation, store } = world
  if (world.fault("store down", 5)) return { _tag: "StoreFailed", error: storeDown, request }
  switch (request._tag) {
    case "ReadPointer":
      return { _tag: "PointerRead", offset: store.pointer }
    case "ConfirmPointer":
      simulation.mark("the pointer was looked at again")
      return { _tag: "PointerConfirmed", offset: store.pointer }
    case "ReadHeads":
      return { _tag: "HeadsRead", ids: request.ids, heads: headsOf(request.ids, (id) => store.heads.get(id)) }
    case "Write":
      return write(world, random, now, request)
  }
}

const resourceOf = (request: Request): string => (request._tag === "Write" ? `line ${request.line}` : request._tag)

const labelOf = (one: Replication.ReplicationInput | Replication.ReplicationOutput): string => {
  if (one._tag === "Answered") return `Answered ${one.answer._tag}`
  if (one._tag !== "Request") return one._tag
  return one.request._tag === "Write"
    ? `Write ${one.request.steps.map(({ _tag }) => _tag).join(" ")}`
    : one.request._tag
}

/**
 * Starts a replicator; the store sees each of its requests at least once, and perhaps after its time was up. One that
 * `isReplaced` ends where it would begin again. `onRefused` hears that it takes the store for another log's.
 */
export const startReplicator = (
  world: JournalWorld,
  name: string,
  isReplaced: () => boolean,
  onRefused: () => void = () => undefined
): ReplicatorNode => {
  const { atomic, simulation, subjects } = world
  const pages = simulation.random(`pages of ${name}`)
  const heads = simulation.knob("heads")
  const fenceMs = simulation.knob("fenceMs")
  const lookBack = world.isForeign ? 100 : simulation.knob("lookBack")
  return simulation.node<Replication.ReplicationState, Replication.ReplicationInput, Replication.ReplicationOutput>({
    name,
    boot: (node) => ({
      machine: subjects.replication,
      state: Replication.start({
        ...place,
        atomic,
        journalsAtOnce: simulation.knob("journalsAtOnce"),
        heads,
        backoffMs: 5,
        maxBackoffMs: 20,
        fenceMs,
        lookBack
      }),
      tick: beginning<Replication.ReplicationState, Replication.ReplicationInput>(node, { _tag: "Begin" }, (now) => ({
        _tag: "Tick",
        now
      })),
      label: labelOf,
      status: ({ pointer }) => `pointer ${pointer ?? "none"}`,
      perform: (output) => {
        if (output._tag === "Stalled" && output.error.reason === "Store") onRefused()
        if (output._tag !== "Request") return answer(() => simulation.mark(output._tag))
        const { epoch, request } = output
        const answered = (reply: Replication.ReplicationAnswer): Replication.ReplicationInput => ({
          _tag: "Answered",
          epoch,
          answer: reply
        })
        const late: Replication.ReplicationAnswer =
          request._tag === "ReadLog" || request._tag === "Look"
            ? { _tag: "LogFailed", failure: { _tag: "Retry", error: logDown } }
            : { _tag: "StoreFailed", error: storeDown, request }
        const act = () => {
          if (request._tag === "ReadPointer" && isReplaced()) node.stop()
          return answered(carryOut(world, pages, node.now(), request))
        }
        return task(resourceOf(request), act, {
          timedOut: answered(late),
          repeatable: true,
          // Only a store with transactions refuses what comes late.
          remote: atomic
        })
      }
    })
  })
}
