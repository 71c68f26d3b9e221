import type { LogRecord } from "../log/index.ts"
import type { ResumeAt } from "./BatchResponse.ts"
import type { PartitionRecords } from "./KafkaEvent.ts"

/** Records of one partition in a batch; `epoch` names the assignment under which they were polled. */
export interface Slice extends PartitionRecords {
  readonly epoch: number
}

/** Records that a function is to be invoked with: `attempts` that failed so far, and not before a time. */
export interface Work {
  readonly slices: ReadonlyArray<Slice>
  readonly attempts: number
  readonly notBefore: number
}

const filled = (slices: ReadonlyArray<Slice>): ReadonlyArray<Slice> =>
  slices.filter(({ records }) => records.length > 0)

/** How many records a work has. */
export const workSize = ({ slices }: Work): number => slices.reduce((sum, { records }) => sum + records.length, 0)

/** The first half of the records and the other one, each partition's in their order. */
export const halves = (work: Work): readonly [Work, Work] => {
  let left = Math.ceil(workSize(work) / 2)
  const first: Array<Slice> = []
  const second: Array<Slice> = []
  for (const slice of work.slices) {
    const taken = Math.min(left, slice.records.length)
    left -= taken
    first.push({ ...slice, records: slice.records.slice(0, taken) })
    second.push({ ...slice, records: slice.records.slice(taken) })
  }
  return [
    { ...work, slices: filled(first) },
    { ...work, slices: filled(second) }
  ]
}

/** What of a work is still to be done, where a function has said at which records to go on. */
export const resumed = (work: Work, resume: ReadonlyArray<ResumeAt>): Work => {
  const slices = work.slices.map((slice) => {
    const at = resume.find(({ partition, topic }) => partition === slice.partition && topic === slice.topic)
    return { ...slice, records: at === undefined ? [] : slice.records.filter(({ offset }) => offset >= at.offset) }
  })
  return { ...work, slices: filled(slices) }
}

/** A work in two parts: the records that `isOut` picks, and the others. */
export const parted = (work: Work, isOut: (record: LogRecord) => boolean): readonly [out: Work, rest: Work] => {
  const part = (keeps: boolean): Work => ({
    ...work,
    slices: filled(
      work.slices.map((slice) => ({ ...slice, records: slice.records.filter((one) => isOut(one) === keeps) }))
    )
  })
  return [part(true), part(false)]
}
