import type { PartitionRecords } from "../../../../core/lambda/index.ts"
import { topicPartitionName } from "../../../../core/log/index.ts"
import type { MappingEvent } from "../../lambda/MappingEvent.ts"
import { counted, durationText } from "../doctor/Words.ts"

type Invoked = Extract<MappingEvent, { readonly _tag: "Invoked" }>

/** What has happened in a mapping. `handled` counts records each time that a function has done them. */
export interface MappingCounts {
  readonly handled: number
  readonly givenUp: number
  readonly invocations: number
  readonly failed: number
}

/** Tells a person, or a program with `json`, what happens in a mapping, and counts. */
export interface MappingLines {
  readonly happened: (event: MappingEvent) => string | undefined
  readonly counts: () => MappingCounts
  readonly summary: () => string
}

const sizeOf = (partitions: ReadonlyArray<PartitionRecords>): number =>
  partitions.reduce((sum, { records }) => sum + records.length, 0)

const handledOf = ({ outcome, partitions }: Invoked): number => {
  if (outcome._tag === "Failed") return 0
  if (outcome._tag === "Done") return sizeOf(partitions)
  const done = partitions.map(({ partition, records, topic }) => {
    const at = outcome.resume.find((one) => one.topic === topic && one.partition === partition)
    return records.filter(({ offset }) => at === undefined || offset < at.offset).length
  })
  return done.reduce((sum, one) => sum + one, 0)
}

const rangesOf = (partitions: ReadonlyArray<PartitionRecords>) =>
  partitions.map(({ partition, records, topic }) => ({
    topic,
    partition,
    from: records[0]?.offset ?? 0,
    to: records.at(-1)?.offset ?? 0,
    records: records.length
  }))

const shownRecords = (partitions: ReadonlyArray<PartitionRecords>): string => {
  const ranges = rangesOf(partitions).map((one) => {
    const offsets = one.from === one.to ? `${one.from}` : `${one.from} to ${one.to}`
    return `${topicPartitionName(one)} at ${offsets}`
  })
  return `${counted(sizeOf(partitions), "record")} (${ranges.join(", ")})`
}

const endOf = ({ ms, outcome }: Invoked): string => {
  const after = `after ${durationText(ms)}`
  switch (outcome._tag) {
    case "Done":
      return `done ${after}`
    case "Resume":
      return `${after} to go on at ${outcome.resume.map((one) => `${topicPartitionName(one)} ${one.offset}`).join(", ")}`
    case "Failed":
      return `failed ${after}. ${outcome.message}`
  }
}

const whys = { RetriesExhausted: "they were tried often enough", TooOld: "they are too old" } as const

const textOf = (event: MappingEvent): string => {
  switch (event._tag) {
    case "Ready":
      return "ready"
    case "Assigned": {
      const places = event.partitions.map((one) => `${topicPartitionName(one)} from ${one.offset}`)
      return `poller ${event.poller} has ${places.join(", ")}`
    }
    case "Revoked":
      return `poller ${event.poller} has no more ${event.partitions.map(topicPartitionName).join(", ")}`
    case "Invoked": {
      const attempt = event.attempt === 1 ? "" : `, attempt ${event.attempt}`
      const cold = event.isCold ? ", cold start" : ""
      return `poller ${event.poller}: ${shownRecords(event.partitions)}${attempt}${cold}: ${endOf(event)}`
    }
    case "GivenUp": {
      const where = event.destination === undefined ? "are gone" : `are in ${event.destination}`
      return `poller ${event.poller}: ${shownRecords(event.partitions)} given up, because ${whys[event.why]}: they ${where}`
    }
    case "Warned":
      return event.message
  }
}

const jsonOf = (event: MappingEvent): unknown => {
  switch (event._tag) {
    case "Ready":
      return { type: "ready" }
    case "Assigned":
    case "Revoked": {
      const { partitions, poller } = event
      return { type: event._tag === "Assigned" ? "assigned" : "revoked", poller, partitions }
    }
    case "Invoked": {
      const { attempt, isCold, ms, outcome, partitions, poller, requestId } = event
      const { _tag, ...rest } = outcome
      const given = { poller, requestId, attempt, cold: isCold, ms, partitions: rangesOf(partitions) }
      return { type: "invoked", ...given, outcome: _tag.toLowerCase(), ...rest }
    }
    case "GivenUp": {
      const { destination = null, partitions, poller, why } = event
      return { type: "givenUp", poller, why, destination, partitions: rangesOf(partitions) }
    }
    case "Warned":
      return { type: "warning", message: event.message }
  }
}

/** Makes the lines of a mapping that has not begun. */
export const mappingLines = ({ json, quiet }: { readonly json: boolean; readonly quiet: boolean }): MappingLines => {
  let [handled, givenUp, invocations, failed] = [0, 0, 0, 0]
  const counts = (): MappingCounts => ({ handled, givenUp, invocations, failed })
  return {
    happened: (event) => {
      if (event._tag === "GivenUp") givenUp += sizeOf(event.partitions)
      if (event._tag === "Invoked") {
        invocations++
        handled += handledOf(event)
        if (event.outcome._tag === "Failed") failed++
      }
      if (json) return JSON.stringify(jsonOf(event))
      const isProgress = event._tag === "Assigned" || event._tag === "Revoked" || event._tag === "Invoked"
      return quiet && isProgress ? undefined : textOf(event)
    },
    counts,
    summary: () =>
      json
        ? JSON.stringify({ type: "summary", ...counts() })
        : `${counted(handled, "record")} handled and ${givenUp} given up in ${counted(invocations, "invocation")}, of which ${failed} failed`
  }
}
