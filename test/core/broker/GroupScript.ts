import { expect } from "vitest"
import { makeGroup } from "../../../core/broker/Group.ts"
import {
  defaultGroupConfig,
  emptyGroup,
  type Group,
  type GroupConfig,
  type GroupInput,
  type GroupOutput
} from "../../../core/broker/GroupState.ts"

const text = new TextDecoder()
const bytes = (value: string): Uint8Array => new TextEncoder().encode(value)

const drawError = (name: string, error: string): string | undefined =>
  error === "NONE" ? undefined : `${name}: ${error}`

const draw = (output: GroupOutput, who: string): string => {
  switch (output._tag) {
    case "Joined": {
      const id = output.memberId === who ? who : `${who} (${output.memberId})`
      const members = output.members.map(({ memberId, metadata }) => `${memberId}:${text.decode(metadata)}`).join(",")
      const skip = output.skipAssignment ? " skip" : ""
      const roster = members === "" ? "" : ` members=${members}`
      return (
        drawError(id, output.error) ??
        `${id}: joined ${output.generation} ${output.protocol} leader=${output.leader}${roster}${skip}`
      )
    }
    case "Synced":
      return drawError(who, output.error) ?? `${who}: synced "${text.decode(output.assignment)}"`
    case "HeartbeatAnswered":
    case "CommitAnswered":
      return drawError(who, output.error) ?? `${who}: ok`
    case "Left":
      return output.members
        .map(
          ({ error, instanceId, memberId }) =>
            drawError(memberId || `@${instanceId}`, error) ?? `${memberId || `@${instanceId}`}: left`
        )
        .join(" | ")
  }
}

/** The words of a command: `verb who key=value flag`. */
const parse = (command: string, caller: number): { readonly input: GroupInput; readonly who: string } => {
  const [verb = "", who = "", ...rest] = command.trim().split(/\s+/)
  const options = new Map(rest.map((word) => [word.split("=")[0] ?? "", word.split("=")[1] ?? ""]))
  const number = (name: string, fallback: number) => Number(options.get(name) ?? fallback)
  const isNew = who.startsWith("+")
  const name = isNew ? who.slice(1) : who
  const member = { caller, memberId: isNew ? "" : name, instanceId: options.get("instance") ?? null }
  switch (verb) {
    case "tick":
      return { who: "", input: { _tag: "Tick", now: Number(who) } }
    case "join":
      return {
        who: name,
        input: {
          _tag: "Join",
          ...member,
          newMemberId: name,
          clientId: "client",
          clientHost: "host",
          sessionTimeoutMs: number("session", 1000),
          rebalanceTimeoutMs: number("rebalance", 5000),
          protocolType: options.get("type") ?? "consumer",
          protocols: (options.get("protocols") ?? "range")
            .split(",")
            .filter((protocol) => protocol !== "")
            .map((protocol) => protocol.split(":"))
            .map(([name = "", topics = options.get("topics") ?? "t"]) => ({ name, metadata: bytes(topics) })),
          memberIdRequired: options.has("v4"),
          canSkipAssignment: options.has("v9")
        }
      }
    case "sync":
      return {
        who: name,
        input: {
          _tag: "Sync",
          ...member,
          generation: number("gen", 1),
          protocolType: options.get("type") ?? null,
          protocol: options.get("protocol") ?? null,
          assignments: (options.get("give") ?? "")
            .split(",")
            .filter((share) => share !== "")
            .map((share) => ({ memberId: share.split(":")[0] ?? "", assignment: bytes(share.split(":")[1] ?? "") }))
        }
      }
    case "beat":
      return { who: name, input: { _tag: "Heartbeat", ...member, generation: number("gen", 1) } }
    case "commit":
      return {
        who: name,
        input: { _tag: "Commit", ...member, memberId: name === "-" ? "" : name, generation: number("gen", 1) }
      }
    case "leave":
      return {
        who: name,
        input: {
          _tag: "Leave",
          caller,
          members: name.split(",").map((id) => ({
            memberId: id.startsWith("@") ? "" : id,
            instanceId: id.startsWith("@") ? id.slice(1) : (options.get("instance") ?? null)
          }))
        }
      }
    default:
      throw new Error(`unknown command ${verb}`)
  }
}

const describeGroup = (group: Group): string =>
  `${group.phase} ${group.generation} [${[...group.members.keys()].join(",")}]`

/**
 * Plays a story to a group and checks every answer.
 *
 * **Details**
 *
 * A line is `command → answers`, the answers separated by `|`, or `-` for none. A member written `+a` has no id yet and will
 * be called `a`. A protocol `x:u` comes with `u`, others with the member's topics. `? → state` looks at the group.
 */
export const play = (script: string, config: Partial<GroupConfig> = {}): void => {
  const machine = makeGroup({ ...defaultGroupConfig, ...config })
  let group = emptyGroup("g", 0)
  const callers: Array<string> = []
  const wanted: Array<string> = []
  const seen: Array<string> = []
  for (const line of script.split("\n")) {
    if (line.trim() === "") continue
    const [command = "", expected = ""] = line.split("→")
    wanted.push(`${command.trim()} → ${expected.trim()}`)
    if (command.trim() === "?") {
      seen.push(`? → ${describeGroup(group)}`)
      continue
    }
    const { input, who } = parse(command, callers.length)
    if (input._tag !== "Tick") callers.push(who)
    const [next, outputs] = machine.step(group, input)
    group = next
    const answers = outputs.map((output) => draw(output, callers[output.caller] ?? "?"))
    seen.push(`${command.trim()} → ${answers.length === 0 ? "-" : answers.join(" | ")}`)
  }
  expect(seen.join("\n")).toBe(wanted.join("\n"))
}
