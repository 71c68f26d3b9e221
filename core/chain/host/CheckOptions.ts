import { peerDefaults, type PeerSettings } from "../../peers/index.ts"
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

/** What comes together in one message, or in one append to the records, which is at most 1 GiB. */
const comesTogether: ReadonlyArray<string> = [
  "maxBlockBytes",
  "maxBlockCommands",
  "maxUncommittedBytes",
  "windowBytes",
  "chunkBytes",
  "maxCommandBytes"
]

/** The greatest value of what comes together. */
const mostTogether = 2 ** 28

/** Bytes that a command takes in a message beside its payload, at most, and those that a message takes beside all blocks. */
const [roomOfCommand, roomOfMessage] = [32, 1 << 16]

const wrongNumber = (name: string, value: unknown): string | undefined => {
  const min = mayBeZero.includes(name) ? 0 : 1
  const max = comesTogether.includes(name) ? mostTogether : Number.MAX_SAFE_INTEGER
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max) return undefined
  const range = max === mostTogether ? `from ${min} to ${max}` : `from ${min} on`
  return `${name} is ${String(value)}: give a whole number ${range}.`
}

/** Bytes of the largest message: where frames have no room for it, it is dropped each time that it is sent. */
const largestMessage = (
  { chunkBytes, maxBlockBytes, maxBlockCommands }: ChainSettings,
  { maxCommandBytes }: NodeLimits
): number => Math.max(chunkBytes, maxBlockBytes, maxCommandBytes) + roomOfCommand * maxBlockCommands + roomOfMessage

/** How the links of a node behave: frames have room for whatever one message may carry. */
export const peerSettingsOf = (
  { peers }: Pick<NodeOptions<unknown>, "peers">,
  settings: ChainSettings,
  limits: NodeLimits
): PeerSettings => ({
  ...peerDefaults,
  maxFrameBytes: Math.max(peerDefaults.maxFrameBytes, 2 * largestMessage(settings, limits)),
  ...peers
})

const wrongPeers = (
  peers: PeerSettings,
  settings: ChainSettings,
  limits: NodeLimits
): readonly [option: string, message: string] | undefined => {
  for (const name of Object.keys(peerDefaults) as ReadonlyArray<keyof PeerSettings>) {
    const wrong = wrongNumber(name, peers[name])
    if (wrong !== undefined) return [name, wrong]
  }
  const largest = largestMessage(settings, limits)
  if (peers.maxFrameBytes >= largest) return undefined
  const why = "what is larger never arrives"
  return ["maxFrameBytes", `maxFrameBytes is ${peers.maxFrameBytes}: give ${largest} or more, since ${why}.`]
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

/** Every option of a node, so that one that is misspelt is not taken for one that is not given. */
const known: Readonly<Record<keyof NodeOptions<unknown>, true>> = {
  id: true,
  clusterId: true,
  members: true,
  listen: true,
  addresses: true,
  disk: true,
  network: true,
  application: true,
  entropy: true,
  maxSessions: true,
  maxProposals: true,
  maxCommandBytes: true,
  timeoutMs: true,
  diskTimeoutMs: true,
  segmentBytes: true,
  settings: true,
  peers: true
}

/** The first name in what was given that is none of these; types keep it out, and programs in JavaScript have none. */
const wrongName = (
  where: string,
  given: object | undefined,
  names: ReadonlyArray<string>
): readonly [option: string, message: string] | undefined => {
  const wrong = Object.keys(given ?? {}).find((name) => !names.includes(name))
  return wrong === undefined ? undefined : [wrong, `${where} have no "${wrong}": give some of ${names.join(", ")}.`]
}

const wrongNames = (options: CheckedOptions): readonly [option: string, message: string] | undefined =>
  wrongName("The options of a node", options, Object.keys(known)) ??
  wrongName("The settings of a node", options.settings, [...Object.keys(chainDefaults), "leaseDriftPercent"]) ??
  wrongName("The peers of a node", options.peers, Object.keys(peerDefaults))

const isApplication = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  "initial" in value &&
  (["apply", "encode", "decode"] as const).every((name) => typeof Reflect.get(value, name) === "function")

/** What is looked at of the options of a node. */
type CheckedOptions = Pick<NodeOptions<unknown>, "id" | "clusterId" | "members" | "peers" | "settings"> & {
  readonly application: unknown
}

/** Why this is no id of a node; `undefined` where it is one. */
export const checkNodeId = (id: unknown): NodeOptionInvalid | undefined =>
  Number.isSafeInteger(id) && Number(id) >= 1
    ? undefined
    : new NodeOptionInvalid({
        option: "id",
        message: `${String(id)} is no id of a node: give a whole number from 1 on.`
      })

/** Why a node cannot be started with these options; `undefined` where it can. */
export const checkOptions = (
  options: CheckedOptions,
  settings: ChainSettings,
  limits: NodeLimits
): NodeOptionInvalid | undefined => {
  const { application, clusterId, id, members } = options
  const invalid = (option: string, message: string) => new NodeOptionInvalid({ option, message })
  const noId = checkNodeId(id)
  if (noId !== undefined) return noId
  const name = wrongNames(options)
  if (name !== undefined) return invalid(...name)
  if (typeof clusterId !== "string" || clusterId === "") {
    return invalid("clusterId", "The cluster has no name: give clusterId, the same on every node.")
  }
  if (!isApplication(application)) {
    const parts = "initial, apply, encode and decode"
    return invalid("application", `The node has no application: give one with ${parts}, such as KeyValues.application.`)
  }
  const setting = wrongSetting(settings)
  if (setting !== undefined) return invalid(...setting)
  for (const name of Object.keys(nodeDefaults) as ReadonlyArray<keyof NodeLimits>) {
    const wrong = wrongNumber(name, limits[name])
    if (wrong !== undefined) return invalid(name, wrong)
  }
  const link = wrongPeers(peerSettingsOf(options, settings, limits), settings, limits)
  if (link !== undefined) return invalid(...link)
  if (members.length === 0) return undefined
  const wrong = checkTarget({ members: [] }, members)
  if (wrong !== undefined) return invalid("members", wrong)
  if (members.some((member) => member.id === id)) return undefined
  return invalid(
    "members",
    `Node ${id} is not among the members that begin the cluster: name it there, or no members where it joins later.`
  )
}
