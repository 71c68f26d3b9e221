import type { Apis } from "../../protocol/index.ts"
import { ErrorCode } from "../../protocol/index.ts"
import type { Simulation } from "../../simulation/index.ts"
import { broken } from "./GroupPromises.ts"

/** The epoch and the text with which an offset is committed, to see that they come back. */
export const epochOf = (offset: number): number => offset % 7
export const metadataOf = (offset: number): string => `at ${offset}`

/** A commit in the order of its arrival, the first being 1. */
interface Arrival {
  readonly number: number
  readonly offset: number
  refused: boolean
}

/** Codes with which nothing was stored; others leave that open. */
const refusing: ReadonlySet<number> = new Set([
  ErrorCode.ILLEGAL_GENERATION,
  ErrorCode.UNKNOWN_MEMBER_ID,
  ErrorCode.FENCED_INSTANCE_ID,
  ErrorCode.REBALANCE_IN_PROGRESS,
  ErrorCode.COORDINATOR_NOT_AVAILABLE
])

type CommitBody = Apis["OffsetCommit"]["request"]["Type"]
type FetchAnswer = Apis["OffsetFetch"]["response"]["Type"]

/** What was committed of one topic's partitions, and may be told of it: nothing older than what was promised or told. */
export class OffsetsModel {
  private readonly simulation: Simulation
  private readonly arrivals = new Map<number, Array<Arrival>>()
  /** For each partition, the arrival below which nothing may be told. */
  private readonly floors = new Map<number, number>()
  private count = 0

  constructor(simulation: Simulation) {
    this.simulation = simulation
  }

  /** A commit has arrived; gives its number. */
  arrived({ topics }: CommitBody): number {
    const number = ++this.count
    for (const { committedOffset, partitionIndex } of topics.flatMap(({ partitions }) => partitions)) {
      const line = this.arrivals.get(partitionIndex) ?? []
      line.push({ number, offset: committedOffset, refused: false })
      this.arrivals.set(partitionIndex, line)
    }
    return number
  }

  /** The commit with this number was answered. */
  ended(number: number, partition: number, errorCode: number): void {
    if (errorCode === ErrorCode.NONE) this.floors.set(partition, Math.max(number, this.floors.get(partition) ?? 0))
    const arrival = this.arrivals.get(partition)?.find((one) => one.number === number)
    if (arrival !== undefined && refusing.has(errorCode)) arrival.refused = true
  }

  /** Somebody was told how far the partitions were committed. */
  told(answer: FetchAnswer): void {
    for (const { topics } of [answer, ...answer.groups]) {
      for (const { partitions } of topics) for (const one of partitions) this.toldOne(one)
    }
  }

  private toldOne(one: FetchAnswer["topics"][number]["partitions"][number]): void {
    const { committedLeaderEpoch, committedOffset: offset, errorCode, metadata, partitionIndex: partition } = one
    if (errorCode !== ErrorCode.NONE) return
    const floor = this.floors.get(partition) ?? 0
    if (offset < 0) {
      if (floor > 0)
        this.simulation.fail(broken.offsets, `No offset of partition ${partition} is told, and one was committed`)
      return
    }
    const found = (this.arrivals.get(partition) ?? []).findLast((at) => at.offset === offset && !at.refused)
    if (found === undefined) {
      return this.simulation.fail(
        broken.offsets,
        `Offset ${offset} of partition ${partition} is told, and was not committed`
      )
    }
    if (found.number < floor) {
      this.simulation.fail(
        broken.offsets,
        `Offset ${offset} of partition ${partition} is told, which is older than what was promised`
      )
    }
    const isOdd =
      metadata !== metadataOf(offset) || (committedLeaderEpoch !== -1 && committedLeaderEpoch !== epochOf(offset))
    if (isOdd)
      this.simulation.fail(
        broken.offsets,
        `Offset ${offset} is told with "${metadata}" and epoch ${committedLeaderEpoch}`
      )
    this.floors.set(partition, found.number)
    this.simulation.mark("a committed offset was fetched")
  }
}
