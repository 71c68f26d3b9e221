/** One partition of one topic. */
export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** The name by which a person, a metric or a folder refers to a partition: `orders-3`. */
export const topicPartitionName = (tp: TopicPartition): string => `${tp.topic}-${tp.partition}`

/**
 * Reads the name that {@link topicPartitionName} wrote; `undefined` when the text is no such name.
 *
 * **Details**
 *
 * A topic's name may itself hold hyphens and digits (`a-1` is a legal topic), so the last hyphen separates.
 */
export const parseTopicPartition = (name: string): TopicPartition | undefined => {
  const match = /^([a-zA-Z0-9._-]{1,249})-(0|[1-9][0-9]{0,9})$/.exec(name)
  if (match === null) return undefined
  const topic = match[1] as string
  const partition = Number(match[2])
  return isTopicName(topic) && partition <= 0x7fffffff ? { topic, partition } : undefined
}

/** What the name of a topic may be, for people. */
export const topicNameRule = "1 to 249 letters, digits, dots, underscores and hyphens, and not . or .."

/** Whether Kafka accepts `name` for a topic: 1 to 249 of `a-z A-Z 0-9 . _ -`, and neither `.` nor `..`. */
export const isTopicName = (name: string): boolean =>
  /^[a-zA-Z0-9._-]{1,249}$/.test(name) && name !== "." && name !== ".."

/** One sentence for a name that no topic can have. */
export const wrongTopicName = (name: string): string =>
  `${JSON.stringify(name)} is no topic name: use ${topicNameRule}.`
