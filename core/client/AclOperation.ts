/** What the ACLs of Kafka allow, by the names that `kafka-acls --operation` takes; a bit's place is the operation's code. */
const byCode = [
  [3, "Read"],
  [4, "Write"],
  [5, "Create"],
  [6, "Delete"],
  [7, "Alter"],
  [8, "Describe"],
  [9, "ClusterAction"],
  [10, "DescribeConfigs"],
  [11, "AlterConfigs"],
  [12, "IdempotentWrite"]
] as const

/** An operation that ACLs allow or deny. */
export type AclOperation = (typeof byCode)[number][1]

/** What stands in the place of operations that nobody has looked at, or that the version of an answer has no room for. */
export const operationsNotTold = -0x8000_0000

/**
 * Reads the operations that an asker may do, as brokers tell them (KIP-430); `undefined` where they do not. Those that are
 * implied, such as `Describe` by `Read`, are among them.
 */
export const operationsOf = (bits: number): ReadonlySet<AclOperation> | undefined =>
  bits === operationsNotTold
    ? undefined
    : new Set(byCode.flatMap(([code, name]) => ((bits & (1 << code)) === 0 ? [] : [name])))
