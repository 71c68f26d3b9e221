import type { Group } from "../../broker/index.ts"
import type { AnyCall } from "../../broker/index.ts"
import { ErrorCode, errorName } from "../../protocol/index.ts"
import type { ApiName, Apis } from "../../protocol/index.ts"
import type { Simulation } from "../../simulation/index.ts"
import { Generation, hex } from "./Generation.ts"
import { broken } from "./GroupPromises.ts"
import type { GroupPromise } from "./GroupPromises.ts"
import { OffsetsModel } from "./OffsetsModel.ts"

type Call<Name extends ApiName> = Extract<AnyCall, { readonly name: Name }>
type Answer<Name extends ApiName> = Apis[Name]["response"]["Type"]

/**
 * A request that has arrived.
 *
 * **Details**
 *
 * `allowed` says of a commit whether it may be accepted, `hasPlace` of a join whether it comes back with an id in time.
 */
interface Asked {
  readonly call: AnyCall
  readonly at: number
  readonly commit: number
  readonly allowed: boolean
  readonly hasPlace: boolean
}

/** A member as the answers so far show it; `heard` is when it last counted as heard. */
interface Member {
  readonly id: string
  readonly sessionMs: number
  readonly rebalanceMs: number
  /** What it told of itself. */
  readonly said: string
  generation: number
  heard: number
  synced: number
  gone: boolean
}

const saidIn = ({ protocols }: Apis["JoinGroup"]["request"]["Type"]): string =>
  protocols.map(({ metadata, name }) => `${name} ${hex(metadata)}`).join()

const mark = (errorCode: number): string => `: ${errorName(errorCode)}`

/**
 * What a coordinator's clients may be told, from what they have asked and were told before.
 *
 * **Details**
 *
 * It hears every request when the broker takes it, and every answer in the step that gives it, and fails the run where
 * an answer is none that may be given. `slackMs` is how late the broker may be told the time, `diskMs` how long its disk
 * may take for a commit.
 */
export class GroupModel {
  readonly offsets: OffsetsModel
  private readonly simulation: Simulation
  private readonly waitMs: number
  private readonly slackMs: number
  private readonly diskMs: number
  private readonly maxSize: number
  private readonly asked = new Map<number, Asked>()
  private readonly members = new Map<string, Member>()
  /** Ids that were given out, and when they lapse unless somebody comes back with them. */
  private readonly given = new Map<string, number>()
  private readonly instances = new Map<string, string>()
  /** The id that took over from another one. */
  private readonly heirs = new Map<string, string>()
  private readonly generations = new Map<number, Generation>()
  private generation = -1
  /** The request that came last: its step is under way until the next one comes. */
  private latest = 0
  /** The phase before the step that is under way, and the group after it. */
  private phase: Group["phase"] | undefined
  private group: Group | undefined
  /** A request that has to be answered in its own step. */
  private prompt: number | undefined

  constructor(
    simulation: Simulation,
    bounds: { readonly waitMs: number; readonly slackMs: number; readonly diskMs: number; readonly maxSize: number }
  ) {
    this.simulation = simulation
    this.waitMs = bounds.waitMs
    this.slackMs = bounds.slackMs
    this.diskMs = bounds.diskMs
    this.maxSize = bounds.maxSize
    this.offsets = new OffsetsModel(simulation)
  }

  /** How many requests have no answer. */
  get open(): number {
    return this.asked.size
  }

  /** The broker has ended, and its members with it. */
  brokerEnded(): void {
    for (const one of [this.asked, this.members, this.given, this.instances, this.heirs]) one.clear()
    this.newLife()
  }

  /** Looks at the group after a step. */
  watch(group: Group | undefined): void {
    const before = this.group
    this.phase = before?.phase
    this.group = group
    if (before?.phase === "CompletingRebalance" && group?.phase === "PreparingRebalance") {
      if ([...before.members.keys()].some((id) => !group.members.has(id))) {
        this.simulation.mark("a member was gone before its share was told")
      }
    }
    if (group !== undefined && before !== undefined && group.leader !== before.leader)
      this.simulation.mark("another member leads")
    if (group === undefined) {
      if (this.generation >= 0) this.newLife()
      return
    }
    const size = group.members.size + group.pending.size
    if (size > this.maxSize)
      this.fail(broken.size, `the group has ${size} members and ids that were given out, not ${this.maxSize}`)
    if (group.generation < this.generation)
      this.fail(broken.generations, `the generation goes back to ${group.generation}`)
  }

  /** A request arrives, at a group in this state. */
  ask(call: AnyCall, group: Group | undefined): void {
    const at = this.simulation.now()
    this.checkPrompt()
    this.latest = call.id
    let commit = 0
    let allowed = true
    if (call.name === "OffsetCommit") {
      const { generationIdOrMemberEpoch: generation, groupInstanceId, memberId } = call.body
      commit = this.offsets.arrived(call.body)
      allowed =
        generation < 0
          ? group === undefined || group.phase === "Empty" || group.members.size === 0 || this.mayLapse(group)
          : generation === this.generation && this.isCurrent(memberId)
      if (groupInstanceId !== null && this.instances.get(groupInstanceId) !== memberId) allowed = false
    }
    if (call.name === "SyncGroup") this.assigned(call)
    if (call.name === "JoinGroup" && group !== undefined && this.isNoNews(call, group)) this.prompt = call.id
    const hasPlace = call.name === "JoinGroup" && at < (this.given.get(call.body.memberId) ?? 0)
    if (call.name === "JoinGroup") this.given.delete(call.body.memberId)
    this.asked.set(call.id, { call, at, commit, allowed, hasPlace })
  }

  /** A request is answered. */
  tell(id: number, body: Answer<ApiName>): void {
    const asked = this.asked.get(id)
    if (asked === undefined) return this.fail(broken.answers, `request ${id} is answered twice, or was never asked`)
    this.asked.delete(id)
    const { at, call } = asked
    const waited = this.simulation.now() - at
    if (waited > this.longest(call)) this.fail(broken.answers, `${call.name} is answered after ${waited} ms`)
    switch (call.name) {
      case "JoinGroup":
        return this.joined(asked, call, body as Answer<"JoinGroup">)
      case "SyncGroup":
        return this.synced(call, at, body as Answer<"SyncGroup">)
      case "Heartbeat":
        return this.beaten(call, body as Answer<"Heartbeat">)
      case "LeaveGroup":
        return this.left(call, body as Answer<"LeaveGroup">)
      case "OffsetCommit":
        return this.committed(asked, call, body as Answer<"OffsetCommit">)
      case "OffsetFetch":
        return this.offsets.told(body as Answer<"OffsetFetch">)
      default:
        return
    }
  }

  /** Whether a follower of a stable group, in which nothing lapses now, joins again and has nothing new to say. */
  private isNoNews({ body }: Call<"JoinGroup">, { deadline, leader, members, phase }: Group): boolean {
    const now = this.simulation.now()
    const isQuiet = deadline > now && [...members.values()].every(({ sessionDeadline }) => sessionDeadline > now)
    if (!isQuiet || phase !== "Stable" || leader === body.memberId || !this.isCurrent(body.memberId)) return false
    return this.members.get(body.memberId)?.said === saidIn(body)
  }

  private checkPrompt(): void {
    const asked = this.prompt === undefined ? undefined : this.asked.get(this.prompt)
    this.prompt = undefined
    if (asked !== undefined)
      this.fail(broken.answers, `a follower of ${asked.call.clientId} joins again unchanged, and has to wait`)
  }

  /** Fails where a request has waited for longer than any may. */
  checkWaits(): void {
    for (const { at, call } of this.asked.values()) {
      const waited = this.simulation.now() - at
      if (waited > this.longest(call)) this.fail(broken.answers, `${call.name} has no answer after ${waited} ms`)
    }
  }

  /** How long a request may wait for its answer. */
  private longest({ name }: AnyCall): number {
    return this.waitMs + this.slackMs + (name === "OffsetCommit" ? this.diskMs : 0)
  }

  private fail(promise: GroupPromise, what: string): never {
    const members = [...this.members.values()].map(
      ({ generation, gone, heard, id, synced }) =>
        `${id} gen ${generation} synced ${synced} heard ${heard}${gone ? " gone" : ""}`
    )
    return this.simulation.fail(promise, `${what}\ngeneration ${this.generation}\n${members.join("\n")}`)
  }

  private newLife(): void {
    this.group = undefined
    this.generation = -1
    this.generations.clear()
    for (const member of this.members.values()) member.gone = true
  }

  /** Whether all sessions may end in the very step that takes a request. */
  private mayLapse(group: Group): boolean {
    return [...group.members.values()].every(({ sessionDeadline }) => sessionDeadline <= this.simulation.now())
  }

  private isCurrent(id: string): boolean {
    const member = this.members.get(id)
    return member !== undefined && !member.gone && member.generation === this.generation
  }

  /** Whether the coordinator has no reason not to know this member, who is of its present generation. */
  private mustKnow(id: string): boolean {
    const member = this.members.get(id)
    const generation = this.generations.get(this.generation)
    if (member === undefined || generation === undefined || !this.isCurrent(id)) return false
    const now = this.simulation.now()
    if (now - member.heard >= member.sessionMs) return false
    return member.synced === this.generation || now - generation.began < member.rebalanceMs
  }

  private heard(id: string, at: number): void {
    const member = this.members.get(id)
    if (member !== undefined) member.heard = Math.max(member.heard, at)
  }

  private heir(id: string): string {
    let last = id
    for (let next = this.heirs.get(last); next !== undefined; next = this.heirs.get(last)) last = next
    return last
  }

  /** Fails where a member is refused for what it is not. */
  private refused(id: string, generation: number, errorCode: number): void {
    if (errorCode === ErrorCode.UNKNOWN_MEMBER_ID && this.mustKnow(id)) {
      this.fail(broken.membership, `${id} is given up before its session has ended`)
    }
    if (errorCode === ErrorCode.ILLEGAL_GENERATION && generation === this.generation && this.mustKnow(id)) {
      this.fail(broken.membership, `${id} is refused its own generation`)
    }
  }

  private joined({ call, hasPlace }: Asked, { body: asked }: Call<"JoinGroup">, body: Answer<"JoinGroup">): void {
    const { errorCode, generationId, leader, memberId, members, protocolName } = body
    const now = this.simulation.now()
    const instance = asked.groupInstanceId
    if (errorCode === ErrorCode.MEMBER_ID_REQUIRED) {
      this.given.set(memberId, now + asked.sessionTimeoutMs)
      return
    }
    if (errorCode !== ErrorCode.NONE) {
      this.simulation.mark(`a join was refused${mark(errorCode)}`)
      if (hasPlace && errorCode === ErrorCode.GROUP_MAX_SIZE_REACHED) {
        this.fail(broken.size, `the group is full for ${asked.memberId}, who was given a place`)
      }
      if (hasPlace && errorCode === ErrorCode.UNKNOWN_MEMBER_ID && call.id === this.latest) {
        this.fail(broken.membership, `the id ${asked.memberId} is forgotten before it lapses`)
      }
      return this.refused(asked.memberId, -1, errorCode)
    }
    if (generationId < this.generation) this.fail(broken.generations, `the generation goes back to ${generationId}`)
    if (generationId > this.generation) {
      this.generation = generationId
      this.generations.set(generationId, new Generation(now, protocolName, leader))
    }
    const generation = this.generations.get(generationId)
    if (generation === undefined)
      return this.fail(broken.generations, `generation ${generationId} is joined by ${memberId}, and has not begun`)
    const before = instance === null ? undefined : this.instances.get(instance)
    if (before !== undefined && before !== memberId) {
      this.heirs.set(before, memberId)
      const old = this.members.get(before)
      if (old !== undefined) {
        if (old.generation === generationId && !old.gone) this.simulation.mark("a static member came back")
        old.gone = true
      }
    }
    if (instance !== null) this.instances.set(instance, memberId)
    generation.ids.add(memberId)
    const synced =
      this.members.get(memberId)?.synced ?? (before === undefined ? -1 : (this.members.get(before)?.synced ?? -1))
    const { rebalanceTimeoutMs: rebalanceMs, sessionTimeoutMs: sessionMs } = asked
    const said = saidIn(asked)
    this.members.set(memberId, {
      id: memberId,
      sessionMs,
      rebalanceMs,
      said,
      generation: generationId,
      heard: now,
      synced,
      gone: false
    })
    if (this.heir(leader) !== this.heir(generation.leader)) {
      this.fail(
        broken.generations,
        `${memberId} is told that ${leader} leads generation ${generationId}, others that ${generation.leader} does`
      )
    }
    if (protocolName !== generation.protocol)
      this.fail(broken.generations, `generation ${generationId} has two protocols`)
    if (leader === memberId)
      this.led(
        generation,
        memberId,
        members.map((one) => [one.memberId, one.groupInstanceId])
      )
  }

  /** Everybody whom a leader is told of has come, or is static. */
  private led(generation: Generation, leader: string, roster: ReadonlyArray<readonly [string, string | null]>): void {
    const ids = new Set(roster.map(([id]) => id))
    if (ids.size !== roster.length || !ids.has(leader))
      this.fail(broken.generations, `${leader} leads ${[...ids].join()}`)
    // Old versions do not tell who is static.
    const statics = new Set(this.instances.values())
    for (const [id, instance] of roster) {
      if (instance !== null || statics.has(id) || generation.ids.has(id) || this.isJoining(id)) continue
      this.fail(broken.generations, `${leader} is told of ${id}, who has not come`)
    }
  }

  private isJoining(id: string): boolean {
    for (const { call } of this.asked.values()) {
      if (call.name === "JoinGroup" && (call.body.memberId === id || call.body.memberId === "")) return true
    }
    return false
  }

  private assigned({ body }: Call<"SyncGroup">): void {
    const generation = this.generations.get(body.generationId)
    if (generation === undefined || this.heir(body.memberId) !== this.heir(generation.leader)) return
    generation.bring(body.assignments)
  }

  private synced({ body: asked }: Call<"SyncGroup">, at: number, body: Answer<"SyncGroup">): void {
    const { generationId, memberId } = asked
    if (body.errorCode !== ErrorCode.NONE) {
      this.simulation.mark(`a sync was refused${mark(body.errorCode)}`)
      return this.refused(memberId, generationId, body.errorCode)
    }
    const generation = this.generations.get(generationId)
    if (generation === undefined || generationId !== this.generation || !this.isCurrent(memberId)) {
      return this.fail(broken.shares, `${memberId} is given a share of generation ${generationId}`)
    }
    if (!generation.give(body.assignment, (id) => this.heir(id) === memberId)) {
      this.fail(
        broken.shares,
        `${memberId} is given a share which no leader has assigned to it together with what others got`
      )
    }
    const member = this.members.get(memberId)
    if (member !== undefined) member.synced = generationId
    this.heard(memberId, at)
  }

  private beaten({ body: asked }: Call<"Heartbeat">, { errorCode }: Answer<"Heartbeat">): void {
    const { generationId, memberId } = asked
    const isAlive = errorCode === ErrorCode.NONE || errorCode === ErrorCode.REBALANCE_IN_PROGRESS
    if (!isAlive) {
      this.simulation.mark(`a heartbeat was refused${mark(errorCode)}`)
      return this.refused(memberId, generationId, errorCode)
    }
    if (!this.isCurrent(memberId) || generationId !== this.generation) {
      this.fail(broken.membership, `a heartbeat of ${memberId} in generation ${generationId} is taken`)
    }
    this.heard(memberId, this.simulation.now())
  }

  private left({ body: asked }: Call<"LeaveGroup">, { errorCode, members }: Answer<"LeaveGroup">): void {
    const answers = members.length > 0 ? members : [{ memberId: asked.memberId, errorCode }]
    for (const one of answers) {
      this.given.delete(one.memberId)
      const member = this.members.get(one.memberId)
      if (one.errorCode !== ErrorCode.NONE || member === undefined) continue
      member.gone = true
      const leads = this.heir(this.generations.get(this.generation)?.leader ?? "") === one.memberId
      const isPreparing = this.phase === "PreparingRebalance"
      this.simulation.mark(
        `a ${leads ? "leader" : "follower"} left${isPreparing ? " a group that prepares a rebalance" : ""}`
      )
    }
  }

  private committed(
    { allowed, at, commit }: Asked,
    call: Call<"OffsetCommit">,
    { topics }: Answer<"OffsetCommit">
  ): void {
    const { generationIdOrMemberEpoch: generation, memberId } = call.body
    for (const { errorCode, partitionIndex } of topics.flatMap(({ partitions }) => partitions)) {
      this.offsets.ended(commit, partitionIndex, errorCode)
      if (errorCode === ErrorCode.NONE) {
        if (!allowed) this.fail(broken.commits, `a commit of "${memberId}" in generation ${generation} is accepted`)
        this.heard(memberId, at)
        this.simulation.mark(generation < 0 ? "a commit without a group was accepted" : "a commit was accepted")
        continue
      }
      if (!allowed && generation >= 0) this.simulation.mark("a commit of somebody who is out was refused")
      if (allowed && generation >= 0) this.refused(memberId, generation, errorCode)
      this.simulation.mark(`a commit was refused${mark(errorCode)}`)
    }
  }
}
