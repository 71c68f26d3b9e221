import { type TopicPartition, topicPartitionName } from "../log/index.ts"
import type { Subscription } from "./GroupProtocol.ts"

/** The name under which Kafka's clients know cooperative sticky assignment (KIP-429). */
export const stickyAssignorName = "cooperative-sticky"

/** A member of a group and what it says of itself. */
export interface Subscriber extends Subscription {
  readonly id: string
}

/** Partitions by the id of their owner; every member has an entry. */
export type Shares = ReadonlyMap<string, ReadonlyArray<TopicPartition>>

interface Member {
  readonly id: string
  readonly topics: ReadonlySet<string>
  readonly share: Map<string, TopicPartition>
}

/** Who has each partition: where two claim one, who got it later; nobody where that is no answer. */
const ownersOf = (subscribers: ReadonlyArray<Subscriber>): ReadonlyMap<string, Subscriber | undefined> => {
  const owners = new Map<string, Subscriber | undefined>()
  const generations = new Map<string, number>()
  for (const subscriber of subscribers) {
    for (const tp of subscriber.owned) {
      const name = topicPartitionName(tp)
      const before = generations.get(name) ?? -Infinity
      if (subscriber.generation < before) continue
      owners.set(name, subscriber.generation === before ? undefined : subscriber)
      generations.set(name, subscriber.generation)
    }
  }
  return owners
}

const leastOf = (members: ReadonlyArray<Member>): Member | undefined => {
  let least: Member | undefined
  for (const member of members) if (least === undefined || member.share.size < least.share.size) least = member
  return least
}

/** Moves one partition from a member to one that has at least two less; whether there was one to move. */
const moveOne = (members: ReadonlyArray<Member>): boolean => {
  const fullest = [...members].sort((a, b) => b.share.size - a.share.size)
  for (const from of fullest) {
    for (const [name, tp] of [...from.share].reverse()) {
      const to = leastOf(members.filter(({ topics }) => topics.has(tp.topic)))
      if (to === undefined || to.share.size + 1 >= from.share.size) continue
      from.share.delete(name)
      to.share.set(name, tp)
      return true
    }
  }
  return false
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const comparePartitions = (a: TopicPartition, b: TopicPartition): number =>
  compareText(a.topic, b.topic) || a.partition - b.partition

/**
 * Shares partitions out evenly, and moves no more of them than that takes.
 *
 * **Details**
 *
 * `counts` are the partitions of each topic; a topic that is not in it does not exist. A member gets partitions of topics
 * that it wants. Nobody has two more than somebody who could have one of them. The answer depends on what is given alone,
 * not on the order of the members.
 */
export const assignSticky = (subscribers: ReadonlyArray<Subscriber>, counts: ReadonlyMap<string, number>): Shares => {
  const sorted = [...subscribers].sort((a, b) => compareText(a.id, b.id))
  const members = sorted.map(({ id, topics }): Member => ({ id, topics: new Set(topics), share: new Map() }))
  const byId = new Map(members.map((member) => [member.id, member]))
  const owners = ownersOf(sorted)
  const free: Array<TopicPartition> = []
  for (const [topic, count] of [...counts].sort(([a], [b]) => compareText(a, b))) {
    for (let partition = 0; partition < count; partition++) {
      const tp = { topic, partition }
      const owner = byId.get(owners.get(topicPartitionName(tp))?.id ?? "")
      if (owner?.topics.has(topic) === true) owner.share.set(topicPartitionName(tp), tp)
      else free.push(tp)
    }
  }
  for (const tp of free)
    leastOf(members.filter(({ topics }) => topics.has(tp.topic)))?.share.set(topicPartitionName(tp), tp)
  while (moveOne(members)) continue
  return new Map(members.map(({ id, share }) => [id, [...share.values()].sort(comparePartitions)]))
}

/**
 * Holds back what somebody else still has, so that it is let go before it is given away.
 *
 * **Details**
 *
 * Whoever finds one of its partitions missing from its share lets go of it and joins again; it is given away then
 * (KIP-429).
 */
export const withhold = (shares: Shares, subscribers: ReadonlyArray<Subscriber>): Shares => {
  const claims = new Map<string, ReadonlySet<string>>(
    subscribers.map(({ id, owned }) => [id, new Set(owned.map(topicPartitionName))])
  )
  const isHeldByAnother = (name: string, id: string): boolean => {
    for (const [other, owned] of claims) if (other !== id && owned.has(name)) return true
    return false
  }
  return new Map(
    [...shares].map(([id, share]) => [id, share.filter((tp) => !isHeldByAnother(topicPartitionName(tp), id))])
  )
}
