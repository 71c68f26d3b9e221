import type { TopicPartition } from "../log/index.ts"
import type { Address, GroupEvent } from "../ports/index.ts"
import type { ClientFailure } from "./ClientFailure.ts"
import type { Shares, Subscriber } from "./StickyAssignor.ts"

/**
 * How a member behaves; times are in milliseconds.
 *
 * **Details**
 *
 * A member that has not been heard for `sessionTimeoutMs` is given up by its coordinator, and gives itself up; it is heard
 * every `heartbeatMs`. The leader looks for new partitions every `discoveryMs`. What fails is tried again after
 * `backoffMs`, doubled each time up to `maxBackoffMs`.
 */
export interface MemberConfig {
  readonly topics: ReadonlyArray<string>
  readonly sessionTimeoutMs: number
  readonly heartbeatMs: number
  readonly discoveryMs: number
  readonly backoffMs: number
  readonly maxBackoffMs: number
}

/** Why a member is out of its group for good: a code of the coordinator's, or an answer that cannot be had. */
export type MemberEnd =
  | { readonly _tag: "Left" }
  | { readonly _tag: "Refused"; readonly errorCode: number }
  | { readonly _tag: "Failed"; readonly failure: ClientFailure }

/**
 * - `Start`: once, first
 * - `Leave`: let go of everything and leave
 * - `Answered`: the answer to the `Ask` of that turn
 * - `Counted`: how many partitions the topics have, for the leader of that generation; `undefined` where that cannot be found out now
 * - `Beaten`: what the coordinator said to a heartbeat that was sent at `sentAt`
 * - `Told`: the owner has dealt with what it was told under that number, or has not in time
 * - `CommitRefused`: what the coordinator said to a commit in that generation
 */
export type MemberInput =
  | { readonly _tag: "Tick"; readonly now: number }
  | { readonly _tag: "Start" }
  | { readonly _tag: "Leave" }
  | { readonly _tag: "Answered"; readonly turn: number; readonly answer: MemberAnswer }
  | { readonly _tag: "Counted"; readonly generation: number; readonly counts: Counts | undefined }
  | {
      readonly _tag: "Beaten"
      readonly generation: number
      readonly sentAt: number
      readonly answer: { readonly errorCode: number } | { readonly failure: ClientFailure }
    }
  | { readonly _tag: "Told"; readonly revocation: number; readonly inTime: boolean }
  | { readonly _tag: "CommitRefused"; readonly generation: number; readonly errorCode: number }

/** Partitions by topic; topics that do not exist are left out. */
export type Counts = ReadonlyMap<string, number>

/** The answer to an `Ask`. `members` are there for the leader alone. */
export type MemberAnswer =
  | { readonly _tag: "Found"; readonly coordinator: Address }
  | {
      readonly _tag: "Joined"
      readonly memberId: string
      readonly generation: number
      readonly leads: boolean
      readonly members: ReadonlyArray<Subscriber>
    }
  | { readonly _tag: "Synced"; readonly assignment: Uint8Array }
  | { readonly _tag: "Left" }
  | { readonly _tag: "Refused"; readonly errorCode: number; readonly memberId: string }
  | { readonly _tag: "Failed"; readonly failure: ClientFailure }

/** What is asked for, at any broker (`Find`) or at the coordinator. */
export type MemberQuestion =
  | { readonly _tag: "Find" }
  | {
      readonly _tag: "Join"
      readonly coordinator: Address
      readonly memberId: string
      readonly owned: ReadonlyArray<TopicPartition>
      readonly ownedSince: number
    }
  | {
      readonly _tag: "Sync"
      readonly coordinator: Address
      readonly memberId: string
      readonly generation: number
      readonly shares: Shares
    }
  | { readonly _tag: "Leave"; readonly coordinator: Address; readonly memberId: string }

/**
 * - `Ask`: answered by one `Answered` of that turn; a later `Ask` makes the answer to an earlier one worthless
 * - `Count`: answered by one `Counted` of that generation
 * - `Beat`: a heartbeat, answered by one `Beaten`
 * - `Tell`: for the owner, one after the other, each answered by one `Told`; only a `Revoked` has a number, from 1. A `Lost`
 *   ends a `Revoked` that is under way
 * - `Ended`: nothing follows
 */
export type MemberOutput =
  | { readonly _tag: "Ask"; readonly turn: number; readonly question: MemberQuestion }
  | { readonly _tag: "Count"; readonly generation: number; readonly topics: ReadonlyArray<string> }
  | {
      readonly _tag: "Beat"
      readonly coordinator: Address
      readonly memberId: string
      readonly generation: number
      readonly sentAt: number
    }
  | { readonly _tag: "Tell"; readonly revocation: number; readonly event: GroupEvent }
  | { readonly _tag: "Ended"; readonly end: MemberEnd }

/** Partitions by their names. */
export type Partitions = ReadonlyMap<string, TopicPartition>

/** What only the leader of a generation knows. */
export interface Leadership {
  readonly members: ReadonlyArray<Subscriber>
  /** What the present shares were made from; `undefined` until they are made. */
  readonly counts: Counts | undefined
  readonly countAt: number
  readonly counting: boolean
}

/** Where a member stands. Make it with {@link newMember}; only the machine makes the next one. */
export interface MemberState {
  readonly config: MemberConfig
  readonly now: number
  /** Counts what was asked for; an answer to an earlier turn is passed over. */
  readonly turn: number
  readonly asking: MemberQuestion["_tag"] | undefined
  readonly coordinator: Address | undefined
  readonly memberId: string
  /** The generation that this member is in, -1 for none. */
  readonly generation: number
  /** Whether the coordinator has told this member's share of the generation. */
  readonly synced: boolean
  readonly wantsJoin: boolean
  readonly owned: Partitions
  readonly ownedSince: number
  readonly leadership: Leadership | undefined
  /** Counts what the owner was told to let go of. */
  readonly revocation: number
  /** What the owner is letting go of. */
  readonly revoking: ReadonlyArray<TopicPartition> | undefined
  /** Until when the coordinator keeps this member's place without hearing from it. */
  readonly aliveUntil: number
  readonly beatAt: number
  readonly beating: boolean
  readonly failures: number
  readonly retryAt: number
  readonly leaving: boolean
  readonly ended: MemberEnd | undefined
}

/** A member that has not begun to join. */
export const newMember = (config: MemberConfig): MemberState => ({
  config,
  now: 0,
  turn: 0,
  asking: undefined,
  coordinator: undefined,
  memberId: "",
  generation: -1,
  synced: false,
  wantsJoin: false,
  owned: new Map(),
  ownedSince: -1,
  leadership: undefined,
  revocation: 0,
  revoking: undefined,
  aliveUntil: Infinity,
  beatAt: Infinity,
  beating: false,
  failures: 0,
  retryAt: 0,
  leaving: false,
  ended: undefined
})
