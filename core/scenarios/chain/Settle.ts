import type { ChainState, Configuration, Member } from "../../chain/index.ts"
import { clocksStep } from "./Cluster.ts"
import { commits, hasWitness, isVoter, keepsData, memberIn } from "./Decides.ts"
import { isUp, newMember } from "./Place.ts"
import { repair } from "./World.ts"
import type { Place } from "./Place.ts"
import type { World } from "./World.ts"
import { changeAt, proposeAt, readAt, transferAt } from "./Workload.ts"

/** The faults have ended, everywhere or among a core: what must come about now, and how soon. */
class Settling {
  private readonly world: World
  private readonly electionMs: number
  private readonly core: ReadonlyArray<Place>
  private readonly names: ReadonlyArray<string> | undefined
  private readonly returning: ReadonlyArray<Place>

  constructor(world: World, core: ReadonlyArray<Place> | undefined) {
    this.world = world
    this.electionMs = world.simulation.knob("electionMs")
    this.core = core ?? world.places
    this.names = core?.map(({ name }) => name)
    this.returning = returningOf(world, core)
  }

  run(): void {
    const { operations, simulation } = this.world
    this.until("L1 somebody leads", 30, () => this.leader() !== undefined)
    const term = greatestTerm(this.core)
    this.commitsFresh()
    this.until("L2 every request ends", 60, () => {
      for (const { node } of operations.open.values()) if (this.core.some(({ id }) => id === node)) return false
      return true
    })
    if (simulation.knob("core") === 2) return
    this.until("L4 all have the same", 30, () => this.isSame())
    if (simulation.knob("core") === 0) this.until("L5 who has lost its disk is told", 20, () => this.areTold())
    this.until("L5 the members' disks are known", 20, () => this.areKnown())
    if (this.core.some(({ id, lost }) => lost && this.member(id))) this.replaces()
    if (simulation.knob("churn") > 0 && simulation.knob("core") === 0) this.adds()
    if (simulation.knob("transfers") > 0) this.transfers()
    this.calm(term)
    this.answersEverywhere()
    this.isPrompt()
  }

  private until(what: string, timeouts: number, done: () => boolean): void {
    const within = timeouts * this.electionMs + 200
    const core = this.names === undefined ? {} : { core: this.names }
    const { world } = this
    world.simulation.settle(
      what,
      () => {
        if (world.troubles > 0) repair(world, this.returning)
        return done()
      },
      { withinMs: within, ...core }
    )
  }

  /** Whoever leads the latest term, if it has committed in it. */
  private leader(): Place | undefined {
    let latest: Place | undefined
    let found: ChainState | undefined
    // Asked after every event, so that no list is made.
    for (const place of this.world.places) {
      const state = isUp(place) ? place.node?.state() : undefined
      if (state?.lead === undefined || (found !== undefined && found.term >= state.term)) continue
      latest = place
      found = state
    }
    return found !== undefined && found.commit.block.id.term === found.term ? latest : undefined
  }

  private configuration(): Configuration {
    const { history } = this.world
    return history.configurationAt(history.committedAt(history.top)) ?? { members: [] }
  }

  private member(id: number): boolean {
    return memberIn(this.configuration(), id) !== undefined
  }

  /** Something new is proposed, again if need be, until it is committed. */
  private commitsFresh(): void {
    const { world } = this
    let asked: Place | undefined
    let done = false
    this.until("L1 a fresh proposal is committed", 30, () => {
      const leader = done ? undefined : this.leader()
      // Whoever has led and does not recover may never answer.
      if (leader?.node !== undefined && leader !== asked) {
        asked = leader
        proposeAt(world, leader, 1, 8, leader.node.now() + 10 * this.electionMs, (how) => {
          if (how === "done") done = true
          else if (asked === leader) asked = undefined
        })
      }
      return done
    })
  }

  private isSame(): boolean {
    const { history } = this.world
    for (const place of this.core) {
      const { lost, node } = place
      if (lost || node === undefined || !this.member(place.id)) continue
      if (!isUp(place) || node.state().commit.block.id.counter !== history.top) return false
    }
    return true
  }

  /** Those whose disks have forgotten are replaced. */
  private replaces(): void {
    const { places } = this.world
    const { members } = this.configuration()
    const kept = members.filter(({ id }) => !places.some((place) => place.id === id && place.lost))
    const counting = (role: Member["role"]): number => kept.filter((member) => member.role === role).length
    // Without them the others make no cluster, and nobody is there who could come for them.
    if (counting("Witness") >= counting("Voter")) return
    this.changes(kept)
  }

  /** Whether every node that came back under its id on an empty disk has stopped. */
  private areTold(): boolean {
    const configuration = this.configuration()
    return this.world.places.every((place) => {
      const known = memberIn(configuration, place.id)?.incarnation ?? 0
      return !place.lost || known === 0 || known === place.incarnation || !isUp(place)
    })
  }

  /** Whether the configuration says of every member that is there which disk it has. */
  private areKnown(): boolean {
    const configuration = this.configuration()
    return this.core.every((place) => {
      const member = memberIn(configuration, place.id)
      return member === undefined || place.lost || !isUp(place) || member.incarnation === place.incarnation
    })
  }

  /** A node that was spare becomes a voter. */
  private adds(): void {
    const { members } = this.configuration()
    const spare = this.world.places.find(
      (place) => isUp(place) && !place.lost && !place.wasWitness && !this.member(place.id)
    )
    if (spare !== undefined) this.changes([...members, newMember(spare.id, "Voter", 0)])
  }

  private changes(members: ReadonlyArray<Member>): void {
    let state: "none" | "asked" | "done" = "none"
    this.until("L5 a change of members ends", 60, () => {
      const leader = state === "none" ? this.leader() : undefined
      if (leader?.node !== undefined) {
        state = "asked"
        changeAt(this.world, leader, members, leader.node.now() + 20 * this.electionMs, (how) => {
          state = how === "done" ? "done" : "none"
        })
      }
      return state === "done"
    })
    this.commitsFresh()
  }

  /** The leadership goes where it is wanted, in time. */
  private transfers(): void {
    const { simulation } = this.world
    const from = this.leader()
    const to = this.core.find((place) => {
      const member = memberIn(this.configuration(), place.id)
      return place !== from && isUp(place) && !place.lost && member?.role === "Voter"
    })
    if (from?.node === undefined || to === undefined) return
    const term = greatestTerm(this.core)
    let ended: string | undefined
    transferAt(this.world, from, to.id, from.node.now() + 10 * this.electionMs, (how) => (ended = how))
    this.until("L6 a transfer ends", 2, () => ended !== undefined)
    // A leader that hands over to one that is preferred to it refuses.
    const mayRefuse = simulation.knob("priorities") > 0 || simulation.knob("churn") > 0
    const failed = ended === "unknown" || (ended === "refused" && !mayRefuse)
    if (failed && this.isOf(to, from) && greatestTerm(this.core) === term) {
      simulation.fail(
        "L6 a transfer comes about",
        `Node ${from.id} does not hand over to node ${to.id}, which has everything.`
      )
    }
    this.commitsFresh()
  }

  /** Whether one node has all that another one has. */
  private isOf(one: Place, other: Place): boolean {
    const [a, b] = [one.node?.state().tree.head.block.id, other.node?.state().tree.head.block.id]
    return a !== undefined && b !== undefined && a.counter === b.counter && a.term === b.term
  }

  /** Nothing grows, and nobody goes on electing. */
  private calm(term: number): void {
    const { simulation } = this.world
    this.until("L4 all have the same", 30, () => this.isSame())
    const terms = greatestTerm(this.core) - term
    // Who is preferred takes over from whoever was asked to, and is handed the leadership back; and whose clock was set
    // back waits until it is where it was, and says nothing meanwhile.
    const bound = 4 + (simulation.knob("priorities") > 0 ? 2 : 0) + (clocksStep(simulation) ? 4 : 0)
    if (terms > bound) simulation.fail("L7 no election storm", `There were ${terms} terms more after somebody led.`)
    this.until("L8 nothing is left over", 10, () => this.core.every((place) => this.isEmpty(place)))
  }

  /** Wherever something is read or proposed, it is answered: nothing is lost on the way while nothing goes wrong. */
  private answersEverywhere(): void {
    const { simulation } = this.world
    // What a snapshot covers that takes the place of its block, nobody knows.
    const snapshots = simulation.knob("snapshotBytes") + simulation.knob("snapshots") > 0
    const configuration = this.configuration()
    const asked = this.core.filter((place) => isUp(place) && !place.lost && keepsData(configuration, place.id))
    const term = greatestTerm(this.core)
    // A change that was given up may let somebody go meanwhile.
    const isExcused = ({ id }: Place): boolean => greatestTerm(this.core) !== term || !this.member(id)
    let left = 2 * asked.length
    for (const place of asked) {
      readAt(this.world, place, (place.node?.now() ?? 0) + 40 * this.electionMs, (how) => {
        left--
        if (how === "done" || isExcused(place)) return
        simulation.fail("L2 what is read calmly is answered", `Node ${place.id} does not answer a read.`)
      })
      proposeAt(this.world, place, 1, 8, (place.node?.now() ?? 0) + 40 * this.electionMs, (how) => {
        left--
        if (how !== "unknown" || snapshots || isExcused(place)) return
        simulation.fail(
          "L2 what is proposed calmly is committed",
          `Node ${place.id} does not know what came of a proposal.`
        )
      })
    }
    this.until("L2 proposals are answered everywhere", 60, () => left === 0)
  }

  /** What is committed does not wait for heartbeats: several proposals, one after the other, take less than as many. */
  private isPrompt(): void {
    const { simulation } = this.world
    const { knob } = simulation
    const inARow = 6
    if (knob("heartbeatMs") < 40 || knob("core") !== 0) return
    const [leader, term] = [this.leader(), greatestTerm(this.core)]
    if (leader === undefined) return
    const began = simulation.now()
    let left = inARow
    const next = (): void =>
      proposeAt(this.world, leader, 1, 8, (leader.node?.now() ?? 0) + 10 * this.electionMs, (how) => {
        left = how === "done" ? left - 1 : 0
        if (left > 0) next()
      })
    next()
    this.until("L1 proposals in a row are committed", 20, () => left === 0 || !isUp(leader))
    const took = simulation.now() - began
    if (took > (inARow - 1) * knob("heartbeatMs") && greatestTerm(this.core) === term) {
      simulation.fail("L1 commits are prompt", `${inARow} proposals, one after the other, took ${took} ms.`)
    }
  }

  private isEmpty(place: Place): boolean {
    const { lost, node } = place
    if (lost || node === undefined || !isUp(place) || !this.member(place.id)) return true
    const { expected, requests, sent, tree, waitingReads, writes } = node.state()
    return (
      expected.length === 0 &&
      sent.size === 0 &&
      writes.held.length === 0 &&
      tree.forks === 0 &&
      waitingReads.length === 0 &&
      requests.live === 0
    )
  }
}

const greatestTerm = (places: ReadonlyArray<Place>): number =>
  Math.max(...places.map(({ node }) => (node?.alive() === true ? node.state().term : 0)))

/**
 * Whether some nodes are enough to decide by every configuration that one of them may go by.
 *
 * **Details**
 *
 * A witness may know of a block that those who have its data took with them: where there are witnesses and not everybody
 * is there, somebody has to have the greatest block that there is.
 */
const canDecide = ({ history, places }: World, some: ReadonlyArray<Place>): boolean => {
  const among = ({ id }: { readonly id: number }): boolean => some.some((place) => place.id === id)
  const configurations = history.openConfigurations()
  if (!configurations.every((each) => commits(each, among, (member) => !among(member)))) return false
  if (some.length === places.length || !configurations.some(hasWitness)) return true
  const { counter, term } = history.greatest
  return some.some(({ disk, id }) => disk.kept.has(counter, term) && configurations.every((each) => isVoter(each, id)))
}

/** Who may start again: not those who are down for good. */
const returningOf = ({ places, simulation }: World, core: ReadonlyArray<Place> | undefined): ReadonlyArray<Place> =>
  core !== undefined && simulation.knob("core") === 1 ? core : places

/** Some of the nodes, enough to decide by every configuration that one of them may go by. */
const drawCore = (world: World): ReadonlyArray<Place> | undefined => {
  const { operations, places, simulation } = world
  const random = simulation.random("core")
  // A change that is under way may come to need those who are not in the core.
  const changes = [...operations.open.values()].some(({ kind }) => kind === "Change")
  if (simulation.knob("core") === 0 || changes) return undefined
  const core = places.filter(({ lost }) => !lost && !random.chance(35))
  return canDecide(world, core) && core.length < places.length ? core : undefined
}

/**
 * Ends the faults and sees to it that the cluster recovers.
 *
 * **Details**
 *
 * They end everywhere, or among a core only: then the others are down for good, or stay as bad as they are. One of these
 * may lead, and reach some of the core only, so that nothing but progress can be asked for.
 */
export const settle = (world: World): void => {
  const { places, simulation } = world
  const electionMs = simulation.knob("electionMs")
  const core = drawCore(world)
  if (core !== undefined) simulation.mark("only a core heals")
  if (simulation.knob("core") === 1) for (const place of places) if (core?.includes(place) === false) place.node?.stop()
  // Elections that never end because time-outs are narrower than the network is slow would be no news.
  for (const { settings } of places) settings.spreadMs = Math.max(settings.spreadMs, electionMs)
  world.stranded.until = 0
  simulation.network({ meanMs: 1 })
  simulation.tasks({ meanMs: 1 })
  for (const { disk } of core ?? places) disk.full(false)
  repair(world, returningOf(world, core))
  const healthy = (core ?? places).filter(({ lost }) => !lost)
  if (canDecide(world, healthy)) new Settling(world, core).run()
  else simulation.mark("nothing can be committed any more")
}
