import type { AclOperation, ClusterInfo, TopicInfo } from "../../../../core/client/index.ts"
import { ErrorCode, errorName } from "../../../../core/protocol/index.ts"
import type { OpenedAccess } from "../../BrokerAccess.ts"
import { type Check, check } from "./Check.ts"

/** Whom the brokers take us for, as their ACLs say it. */
export const principalOf = ({ sasl, tls }: Pick<OpenedAccess, "sasl" | "tls">): string => {
  if (sasl !== undefined) return `User:${sasl.username}`
  return tls?.certificate === undefined ? "User:ANONYMOUS" : "the user of this certificate"
}

const inShell = (text: string): string => (/^[\w:.-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)

/** How operations are granted; `on` is a topic, a group or the cluster, as a flag of `kafka-acls`. */
export const grant = (
  principal: string,
  operations: ReadonlyArray<AclOperation>,
  on: ReadonlyArray<string>
): string => {
  const whom = principal.startsWith("User:") ? inShell(principal) : "User:NAME"
  const flags = [...operations.flatMap((each) => ["--operation", each]), ...on.map(inShell)]
  return `grant it with kafka-acls --add --allow-principal ${whom} ${flags.join(" ")}, and remove what denies it`
}

/** Whether operations are told, and this one is not among them. */
const lacks = (operations: ReadonlySet<AclOperation> | undefined, operation: AclOperation): boolean =>
  operations?.has(operation) === false

/** Whether a topic is closed to us: nothing of it can be read, or replicated. */
export const isUnreadable = ({ operations }: Pick<TopicInfo, "operations">): boolean => lacks(operations, "Read")

/** What we may do with a topic: who appends needs to write, and everybody to read. */
export const topicRightsCheck = (
  principal: string,
  { name, operations }: Pick<TopicInfo, "name" | "operations">
): Check => {
  const { fail, ok, skip, warn } = check("rights", name)
  if (operations === undefined) return skip(`the brokers do not tell what ${principal} may do with ${name}`)
  const missing = (["Read", "Write", "DescribeConfigs"] as const).filter((each) => lacks(operations, each))
  const advice = grant(principal, missing, ["--topic", name])
  if (missing.includes("Read")) {
    const neither = missing.includes("Write") ? ", nor append to it" : ", only append to it"
    return fail(`${principal} may not read ${name}${neither}`, advice)
  }
  if (missing.includes("Write")) {
    return warn(`${principal} may read ${name} and not append to it, which is right where it only replicates`, advice)
  }
  return missing.length > 0
    ? warn(`${principal} may not see the settings of ${name}, which are not checked for that`, advice)
    : ok(`${principal} may read ${name}, append to it, and see its settings`)
}

/**
 * Whether we may write so that nothing is there twice. Brokers from Kafka 2.8 on allow it to everybody who may write to a
 * topic; older ones want a right of its own, and tell of it.
 */
export const idempotenceChecks = (
  principal: string,
  { clusterId, operations }: Pick<ClusterInfo, "clusterId" | "operations">
): ReadonlyArray<Check> =>
  lacks(operations, "IdempotentWrite")
    ? [
        check("rights", clusterId).warn(
          `${principal} may not number what it appends, and these brokers (before Kafka 2.8) then refuse appends`,
          grant(principal, ["IdempotentWrite"], ["--cluster"])
        )
      ]
    : []

/** Whether we may be a member of a group; the error code is that of the question for it. */
export const groupRightsCheck = (
  principal: string,
  group: string,
  { errorCode, operations }: { readonly errorCode: number; readonly operations: ReadonlySet<AclOperation> | undefined }
): Check => {
  const { fail, ok, skip, warn } = check("group", group)
  if (errorCode === ErrorCode.GROUP_AUTHORIZATION_FAILED || lacks(operations, "Read")) {
    return fail(`${principal} may not be a member of group ${group}`, grant(principal, ["Read"], ["--group", group]))
  }
  if (errorCode === ErrorCode.COORDINATOR_NOT_AVAILABLE) {
    return warn(`no broker coordinates group ${group} yet`, "run this again in a moment, and see the brokers' own logs")
  }
  if (errorCode !== ErrorCode.NONE) {
    return fail(`group ${group} cannot be asked for (${errorName(errorCode)})`, "see the brokers' own logs")
  }
  return operations === undefined
    ? skip(`the brokers do not tell what ${principal} may do with group ${group}`)
    : ok(`${principal} may be a member of group ${group}`)
}
