import { checkTarget } from "../Changes.ts"
import { chainDefaults, type ChainSettings } from "../ChainSettings.ts"
import type { NodeOptions } from "../Node.ts"
import { NodeOptionInvalid } from "../NodeErrors.ts"

/** What a node goes by where its options say nothing else. */
export const nodeDefaults = {
  maxSessions: 10_000,
  maxProposals: 1024,
  maxCommandBytes: 1 << 20,
  timeoutMs: 10_000,
  diskTimeoutMs: 60_000,
  segmentBytes: 16 << 20
}

/** What a node goes by. */
export type NodeLimits = typeof nodeDefaults

/** Settings that are there and may be 0. */
const mayBeZero: ReadonlyArray<string> = ["spreadMs", "snapshotBytes", "keepBlocks"]

const wrongNumber = (name: string, value: unknown): string | undefined => {
  const min = mayBeZero.includes(name) ? 0 : 1
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= min) return undefined
  return `${name} is ${String(value)}: give a whole number from ${min} on.`
}

const wrongSetting = (settings: ChainSettings): readonly [option: string, message: string] | undefined => {
  const { electionMs, heartbeatMs, leaseDriftPercent } = settings
  for (const name of Object.keys(chainDefaults) as ReadonlyArray<keyof typeof chainDefaults>) {
    const wrong = wrongNumber(name, settings[name])
    if (wrong !== undefined) return [name, wrong]
  }
  if (heartbeatMs >= electionMs) {
    return ["heartbeatMs", `heartbeatMs is ${heartbeatMs}: it must be below electionMs, which is ${electionMs}.`]
  }
  if (leaseDriftPercent === undefined || (leaseDriftPercent >= 0 && leaseDriftPercent < 100)) return undefined
  return ["leaseDriftPercent", `leaseDriftPercent is ${leaseDriftPercent}: give a number from 0 on, and below 100.`]
}

/** Why a node cannot be started with these options; `undefined` where it can. */
export const checkOptions = (
  { id, members }: Pick<NodeOptions<unknown>, "id" | "members">,
  settings: ChainSettings,
  limits: NodeLimits
): NodeOptionInvalid | undefined => {
  const invalid = (option: string, message: string) => new NodeOptionInvalid({ option, message })
  if (!Number.isSafeInteger(id) || id < 1) {
    return invalid("id", `${id} is no id of a node: give a whole number from 1 on.`)
  }
  const setting = wrongSetting(settings)
  if (setting !== undefined) return invalid(...setting)
  for (const name of Object.keys(nodeDefaults) as ReadonlyArray<keyof NodeLimits>) {
    const wrong = wrongNumber(name, limits[name])
    if (wrong !== undefined) return invalid(name, wrong)
  }
  if (members.length === 0) return undefined
  const wrong = checkTarget({ members: [] }, members)
  if (wrong !== undefined) return invalid("members", wrong)
  if (members.some((member) => member.id === id)) return undefined
  return invalid(
    "members",
    `Node ${id} is not among the members that begin the cluster: name it there, or no members where it joins later.`
  )
}
