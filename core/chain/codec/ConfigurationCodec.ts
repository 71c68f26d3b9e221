import type { Reader, Writer } from "../../bytes/index.ts"
import type { Configuration, Member, MemberRole } from "../Configuration.ts"
import { invalid, readFlag, readNatural, unwritable, writeNatural } from "./Fields.ts"

/** The codes of roles are their indices here, and never change. */
const roles: ReadonlyArray<MemberRole> = ["Voter", "Witness", "Learner"]

/** What a member takes at least. */
const smallestMember = 4

const writeMembers = (out: Writer, members: ReadonlyArray<Member>): void => {
  out.unsignedVarint(members.length)
  let before = 0
  for (const { id, incarnation, priority, role } of members) {
    if (id <= before) throw unwritable("members", `node ${id} is not after node ${before}`)
    before = id
    out.varlong(id)
    out.int8(roles.indexOf(role))
    out.varlong(priority)
    writeNatural(out, incarnation)
  }
}

const readRole = (reader: Reader): MemberRole => {
  const at = reader.position
  const code = reader.int8()
  const role = roles[code]
  if (role === undefined) throw invalid(at, "member.role", `${code} is no role`)
  return role
}

const readMembers = (reader: Reader): ReadonlyArray<Member> => {
  const members: Array<Member> = []
  let before = 0
  for (let left = reader.count(reader.unsignedVarint(), smallestMember); left > 0; left--) {
    const at = reader.position
    const id = reader.varlong()
    if (id <= before) throw invalid(at, "member.id", `node ${id} is not after node ${before}`)
    before = id
    members.push({
      id,
      role: readRole(reader),
      priority: reader.varlong(),
      incarnation: readNatural(reader, "member.incarnation")
    })
  }
  return members
}

/**
 * Writes a configuration.
 *
 * **Details**
 *
 * ```text
 * configuration => members joint [outgoing]      joint => int8 (1 when outgoing follows)
 * members, outgoing => count [member]            count => unsigned varint
 * member => id role priority incarnation         role => int8; the others => varlong
 * ```
 *
 * **Gotchas**
 *
 * Throws `EncodeError` where the members are not in order of their ids.
 */
export const writeConfiguration = (out: Writer, { members, outgoing }: Configuration): void => {
  writeMembers(out, members)
  out.boolean(outgoing !== undefined)
  if (outgoing !== undefined) writeMembers(out, outgoing)
}

/** Reads what {@link writeConfiguration} wrote. */
export const readConfiguration = (reader: Reader): Configuration => {
  const members = readMembers(reader)
  return readFlag(reader, "configuration.joint") ? { members, outgoing: readMembers(reader) } : { members }
}
