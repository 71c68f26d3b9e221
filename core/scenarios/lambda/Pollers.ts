import { defaultMapping, startMapping } from "../../lambda/index.ts"
import type { MappingConfig, MappingInput, MappingOutput, MappingState, PartitionRecords } from "../../lambda/index.ts"
import { answer } from "../../machine/index.ts"
import { task } from "../../simulation/index.ts"
import type { Meaning, Node, Prng } from "../../simulation/index.ts"
import { beginning } from "../Begin.ts"
import { topic } from "../journal/JournalModel.ts"
import type { LambdaWorld } from "./LambdaWorld.ts"
import type { Sandboxes } from "./Sandboxes.ts"

type PollerNode = Node<MappingState, MappingInput>

const labelOf = (one: MappingInput | MappingOutput): string => {
  if (!("partitions" in one) || one._tag === "Assigned" || one._tag === "Revoked") {
    return one._tag === "Commit" ? `Commit ${one.partition}:${one.offset}` : one._tag
  }
  const given = one.partitions.map(({ partition, records }) => `${partition}:${records.map(({ offset }) => offset)}`)
  return `${one._tag} ${given.join(" ")}`
}

/** What a poller has done of a partition since it was assigned to it. */
interface Progress {
  readonly epoch: number
  offset: number
}

/** The pollers of an event source mapping, which share the partitions. */
export class Pollers {
  private readonly world: LambdaWorld
  private readonly sandboxes: Sandboxes
  private readonly config: MappingConfig
  private readonly pages: Prng
  private readonly nodes: ReadonlyArray<PollerNode>
  /** Whose each partition is, as an index. */
  private readonly owners: Array<number>
  private readonly lives = [0, 0]
  /** Records that functions have now, for each partition. */
  private readonly inHand = new Map<object, ReadonlyArray<PartitionRecords>>()

  constructor(world: LambdaWorld, sandboxes: Sandboxes) {
    this.world = world
    this.sandboxes = sandboxes
    const { simulation } = world
    this.pages = simulation.random("pages")
    this.config = {
      ...defaultMapping,
      batchSize: simulation.knob("batchSize"),
      batchWindowMs: simulation.knob("windowMs"),
      payloadBytes: simulation.knob("payload"),
      initTimeoutMs: simulation.knob("initTimeoutMs"),
      functionTimeoutMs: simulation.knob("functionTimeoutMs"),
      bisectBatchOnFunctionError: simulation.knob("bisect") === 1,
      maximumRetryAttempts: world.loses ? simulation.knob("retries") : -1,
      maximumRecordAgeMs: world.loses ? simulation.knob("ageMs") : -1,
      backoffMs: 5,
      maxBackoffMs: 50
    }
    this.owners = world.partitions.map((_, at) => (world.fences ? at % 2 : 0))
    this.nodes = [0, 1].map((index) => this.node(index))
  }

  static readonly names = ["poller 1", "poller 2"] as const

  /** Another poller gets a partition, at once and without asking the one that has it. */
  rebalance(random: Prng): void {
    const { owners, world } = this
    const partition = random.below(owners.length)
    const from = owners[partition] ?? 0
    owners[partition] = 1 - from
    world.simulation.mark("a partition has another poller")
    this.nodes[from]?.feed({ _tag: "Revoked", partitions: [{ topic, partition }] })
    const { committed: offset } = world.at(partition)
    this.nodes[1 - from]?.feed({ _tag: "Assigned", partitions: [{ topic, partition, offset }] })
  }

  stop(): void {
    for (const node of this.nodes) node.stop()
  }

  private node(index: number): PollerNode {
    const { owners, world } = this
    return world.simulation.node<MappingState, MappingInput, MappingOutput>({
      name: Pollers.names[index] ?? "",
      crashes: world.fences,
      boot: (node) => {
        const life = (this.lives[index] ?? 0) + 1
        this.lives[index] = life
        const progress = new Map<number, Progress>()
        const mine = world.partitions.filter(({ partition }) => owners[partition] === index)
        const partitions = mine.map(({ committed: offset, partition }) => ({ topic, partition, offset }))
        const feed = (input: MappingInput): void => {
          if (this.lives[index] === life) node.feed(input)
        }
        const kills = new Map<number, () => void>()
        return {
          machine: world.subjects.mapping,
          state: startMapping(this.config),
          tick: beginning<MappingState, MappingInput>(node, { _tag: "Assigned", partitions }, (now) => ({
            _tag: "Tick",
            now
          })),
          label: labelOf,
          perform: (output) => {
            switch (output._tag) {
              case "Poll":
                if (progress.get(output.partition)?.epoch !== output.epoch) {
                  progress.set(output.partition, { epoch: output.epoch, offset: output.offset })
                }
                return this.poll(output, feed)
              case "Invoke":
                return [
                  answer(() => this.checkTurn(output.partitions, progress)),
                  task(undefined, () => this.invoke(output, feed, kills))
                ]
              case "Kill":
                return answer(() => {
                  const kill = kills.get(output.id)
                  world.simulation.mark(
                    kill === undefined ? "a sandbox did not start in time" : "a function was killed"
                  )
                  kills.set(output.id, () => undefined)
                  kill?.()
                })
              case "Commit":
                return answer(() => this.commit(index, output, progress))
              case "GiveUp":
                return this.giveUp(output)
            }
          }
        }
      }
    })
  }

  private poll(
    { epoch, offset, partition }: Extract<MappingOutput, { readonly _tag: "Poll" }>,
    feed: (input: MappingInput) => void
  ): Meaning<MappingInput> {
    const { world } = this
    const failed: MappingInput = { _tag: "PollFailed", topic, partition, epoch }
    const limit = 1 + this.pages.below(6)
    const read = (): MappingInput => {
      const page = world.fault("log down", 4) ? undefined : world.at(partition).log.read(offset, limit)
      if (page === undefined) return failed
      const given = page.records.filter((record) => !world.at(partition).givenUp.has(record.offset))
      const records = given.map((record) => ({ record, bytes: 100 }))
      return { _tag: "Polled", topic, partition, epoch, records, nextOffset: page.nextOffset }
    }
    if (offset < world.at(partition).log.end) return task(`poll ${partition}`, read, { timedOut: failed })
    return answer(() => world.whenWritten(() => feed(read())))
  }

  /** The sandbox has started, and the function begins, unless its time was up before. */
  private invoke(
    output: Extract<MappingOutput, { readonly _tag: "Invoke" }>,
    feed: (input: MappingInput) => void,
    kills: Map<number, () => void>
  ): MappingInput {
    const { inHand, sandboxes, world } = this
    const { attempt, id, partitions } = output
    const { simulation } = world
    if (kills.has(id)) return { _tag: "Threw", id }
    if (attempt > 1) simulation.mark("records were handed over again")
    if (partitions.length > 1) simulation.mark("an event had two partitions")
    const offsets = (given: ReadonlyArray<PartitionRecords>) =>
      given.flatMap(({ partition, records }) => records.map((record) => `${partition}/${record.offset}`))
    const mine = new Set(offsets(partitions))
    if (
      Array.from(inHand.values(), offsets)
        .flat()
        .some((one) => mine.has(one))
    ) {
      simulation.mark("two functions have the same records")
    }
    const kill = sandboxes.invoke(output, (given) => {
      inHand.delete(output)
      feed(given === undefined ? { _tag: "Threw", id } : { _tag: "Returned", id, answer: given })
    })
    if (kill === undefined) {
      simulation.mark("no sandbox was free")
      return { _tag: "Threw", id }
    }
    inHand.set(output, partitions)
    kills.set(id, () => {
      inHand.delete(output)
      kill()
    })
    return { _tag: "Started", id }
  }

  /** What is handed over follows what is done: nothing is left out but what was given up. */
  private checkTurn(given: ReadonlyArray<PartitionRecords>, progress: ReadonlyMap<number, Progress>): void {
    const { world } = this
    for (const { partition, records } of given) {
      const at = world.at(partition)
      let next = progress.get(partition)?.offset ?? 0
      for (const { offset } of records) {
        const left = at.records(next, offset).find((record) => !at.givenUp.has(record.offset))
        if (offset < next || left !== undefined) {
          const what = left === undefined ? `${offset} is handed over after ${next - 1}` : `${left.offset} is left out`
          world.fail("E4 records are handed over in their turn", at, what)
        }
        next = offset + 1
      }
    }
  }

  private commit(
    index: number,
    { epoch, offset, partition }: Extract<MappingOutput, { readonly _tag: "Commit" }>,
    progress: ReadonlyMap<number, Progress>
  ): void {
    const { world } = this
    const own = progress.get(partition)
    if (own?.epoch === epoch) own.offset = Math.max(own.offset, offset)
    // The group refuses those who do not have the partition any more.
    if (this.owners[partition] !== index || world.fault("commit lost", 3)) return
    world.commit(partition, offset)
  }

  private giveUp({ id, partitions }: Extract<MappingOutput, { readonly _tag: "GiveUp" }>): Meaning<MappingInput> {
    const { world } = this
    const put = (): MappingInput => {
      if (world.fault("destination down", 20)) return { _tag: "GivenUp", id, done: false }
      world.giveUp(partitions)
      return { _tag: "GivenUp", id, done: true }
    }
    return task(undefined, put, { timedOut: { _tag: "GivenUp", id, done: false } })
  }
}
