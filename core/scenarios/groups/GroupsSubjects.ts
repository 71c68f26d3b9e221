import { broker, startBroker } from "../../broker/index.ts"
import { groupMember } from "../../client/index.ts"

/** What is under test: the broker and the member of this package, or copies of them with a bug planted. */
export interface GroupsSubjects {
  readonly broker: typeof broker
  readonly start: typeof startBroker
  readonly member: typeof groupMember
}

/** The broker and the member of this package. */
export const groupsSubjects: GroupsSubjects = { broker, start: startBroker, member: groupMember }
