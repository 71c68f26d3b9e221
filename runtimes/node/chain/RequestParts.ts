import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type { MemberRole } from "../../../core/chain/index.ts"
import type { MemberOption } from "../ChainNode.ts"
import type { PageRequest } from "./Page.ts"

/** A request that makes no sense. `message` is one sentence that says what to send. */
export class BadRequest extends Data.TaggedError("BadRequest")<{ readonly message: string }> {}

const bad = (message: string): Effect.Effect<never, BadRequest> => Effect.fail(new BadRequest({ message }))

/** The body of a request, which is to be a JSON object. */
export const fieldsOf = (
  { body }: PageRequest,
  example: string
): Effect.Effect<Readonly<Record<string, unknown>>, BadRequest> => {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body))
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return Effect.succeed({ ...value })
  } catch {
    // The sentence below says what to send.
  }
  return bad(`The body is no JSON object: send ${example}.`)
}

/** A field that is to be a whole number, from `min` on. */
export const wholeNumber = (value: unknown, name: string, min: number): Effect.Effect<number, BadRequest> =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= min
    ? Effect.succeed(value)
    : bad(
        `"${name}" is ${JSON.stringify(value) ?? "missing"}: send a whole number${min > -Infinity ? ` from ${min} on` : ""}.`
      )

/** The key in a path such as `/keys/K`; keys have 1 to 1024 characters. */
export const keyOf = ({ path }: PageRequest): Effect.Effect<string, BadRequest> => {
  const text = path.slice(path.indexOf("/", 1) + 1)
  try {
    const key = decodeURIComponent(text)
    if (key !== "" && key.length <= 1024) return Effect.succeed(key)
  } catch {
    // The sentence below says what to send.
  }
  return bad(`"${text}" is no key: give 1 to 1024 characters, percent-encoded as in a URL.`)
}

/** How long a request may take, if it says so. */
export const timeoutOf = ({ query }: PageRequest): Effect.Effect<number | undefined, BadRequest> => {
  const text = query.get("timeoutMs")
  if (text === null) return Effect.succeed(undefined)
  const timeoutMs = /^[0-9]+$/.test(text) ? Number(text) : 0
  return timeoutMs >= 1 && timeoutMs <= 3_600_000
    ? Effect.succeed(timeoutMs)
    : bad(`"timeoutMs" in the query is "${text}": give a whole number of milliseconds from 1 to 3600000.`)
}

/** Whether a switch in the query, such as `?local=true`, is on. */
export const isOn = ({ query }: PageRequest, name: string): boolean => {
  const text = query.get(name)
  return text === "" || text === "true" || text === "1"
}

/** The version that a request expects, by `If-Match: "3"` or `If-None-Match: *` (there is none yet). */
export const expectedOf = ({ headers }: PageRequest): Effect.Effect<number | undefined, BadRequest> => {
  const [match, none] = [headers["if-match"], headers["if-none-match"]]
  if (none !== undefined) return none === "*" ? Effect.succeed(0) : bad("If-None-Match is understood as * alone.")
  if (match === undefined) return Effect.succeed(undefined)
  const version = /^"?([0-9]{1,16})"?$/.exec(String(match))?.[1]
  return version === undefined
    ? bad(`If-Match is ${String(match)}: send a version, such as "3".`)
    : wholeNumber(Number(version), "If-Match", 1)
}

const roles: ReadonlyArray<unknown> = ["Voter", "Witness", "Learner"] satisfies ReadonlyArray<MemberRole>

const isRole = (value: unknown): value is MemberRole | undefined => value === undefined || roles.includes(value)

const memberExample = '1, or {"id": 4, "role": "Voter", "priority": 0}; roles are Voter, Witness and Learner'

/** A list of members, each an id or an object. */
export const membersOf = (value: unknown): Effect.Effect<ReadonlyArray<MemberOption>, BadRequest> => {
  if (!Array.isArray(value)) return bad('"members" is no list: send {"members": [1, 2, 3]}.')
  if (value.length === 0)
    return bad('"members" names nobody: send all that the cluster is to have, as in {"members": [1, 2, 3]}.')
  return Effect.forEach(value, (member: unknown): Effect.Effect<MemberOption, BadRequest> => {
    if (typeof member === "number") return wholeNumber(member, "members", 1)
    if (typeof member !== "object" || member === null) {
      return bad(`The member ${JSON.stringify(member)} is none: send ${memberExample}.`)
    }
    const {
      id,
      priority = 0,
      role,
      ...others
    } = { id: undefined, role: undefined, ...member } as Record<string, unknown>
    if (!isRole(role) || Object.keys(others).length > 0) {
      return bad(`The member ${JSON.stringify(member)} is none: send ${memberExample}.`)
    }
    return Effect.map(Effect.all([wholeNumber(id, "id", 1), wholeNumber(priority, "priority", 0)]), ([node, rank]) => ({
      id: node,
      priority: rank,
      ...(role === undefined ? {} : { role })
    }))
  })
}
