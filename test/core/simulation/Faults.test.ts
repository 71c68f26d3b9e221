import { describe, expect, it } from "vitest"
import { makePrng, send } from "../../../core/simulation/index.ts"
import type { NemesisDisk, PlannedFault, Report, RunPlanOptions } from "../../../core/simulation/index.ts"
import { does, heardBy, runWorld } from "./Memory.ts"
import type { MemoryNode, World } from "./Memory.ts"

interface Pair {
  readonly a: MemoryNode
  readonly b: MemoryNode
  readonly world: World
}

/** Two nodes, and these faults in a phase of a second; the body runs every 100 ms of it. */
const under = (
  faults: ReadonlyArray<PlannedFault>,
  each: (pair: Pair, round: number) => void,
  after: (pair: Pair) => void = () => undefined,
  disk: NemesisDisk = {},
  options: RunPlanOptions = {}
): Report => {
  const moves = Array.from({ length: 10 }, (_, at) => ({ at: 100 * at, name: "round", seed: at }))
  return runWorld(
    (world) => {
      const { simulation } = world
      simulation.network({ minMs: 1, meanMs: 0 })
      simulation.tasks({ meanMs: 0 })
      const pair = { a: world.node("a"), b: world.node("b"), world }
      let round = 0
      simulation.nemesis({ nodes: ["a", "b"], kinds: [], gapMs: 0, leader: () => "b", disks: { a: disk } })
      simulation.run({ moves: 0, gapMs: 0, horizonMs: 1000 }, [
        { name: "round", weight: 1, run: () => each(pair, round++) }
      ])
      after(pair)
    },
    { faults, moves, chances: [], knobs: { shuffle: 0 } },
    options
  )
}

/** Which rounds a message from a to b arrives in, and when. */
const arrivals = (faults: ReadonlyArray<PlannedFault>): ReadonlyArray<string> => {
  const seen: Array<string> = []
  under(
    faults,
    ({ a }, round) => a.feed(does(send("b", `${round}`))),
    ({ b }) => seen.push(...heardBy(b).map((one) => one.slice(3))),
    {}
  )
  return seen
}

const all = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]

describe("a timed fault", () => {
  it("crashes a node, which begins again after its downtime", () => {
    const alive: Array<boolean> = []
    under([{ at: 150, kind: "crash", node: "a", power: false, downMs: 200 }], ({ a }) => alive.push(a.alive()))
    expect(alive).toEqual([true, true, false, false, true, true, true, true, true, true])
  })

  it("crashes whoever leads when it happens", () => {
    const alive: Array<string> = []
    const fault = { at: 150, kind: "crash", node: "a", leader: true, power: false, downMs: 100 } as const
    under([fault], ({ a, b }) => alive.push(`${a.alive()} ${b.alive()}`))
    expect(alive[2]).toBe("true false")
  })

  it("crashes a node between its n-th effect and the answer to it", () => {
    const effects: Array<string> = []
    const starts: Array<number> = []
    const fault = { at: 50, kind: "crash", node: "a", power: false, downMs: 10, after: "effect", nth: 3 } as const
    under(
      [fault],
      ({ a, world }, round) => {
        a.feed(does(world.task(`${round}`)))
        starts.push(a.state().heard.length)
      },
      ({ a, world }) => {
        effects.push(...world.effects)
        expect(heardBy(a)).not.toContain("Done 3")
      }
    )
    // The third effect after 50 ms is that of round 3; it happened, and its answer is lost.
    expect(effects).toEqual(all)
    expect(starts[4]).toBeLessThan(starts[3] ?? 0)
  })

  it("crashes a node before its n-th output", () => {
    const effects: Array<string> = []
    const fault = { at: 50, kind: "crash", node: "a", power: false, downMs: 10, after: "output", nth: 3 } as const
    under(
      [fault],
      ({ a, world }, round) => a.feed(does(world.task(`${round}`))),
      ({ world }) => effects.push(...world.effects)
    )
    expect(effects).toEqual(all.filter((round) => round !== "3"))
  })

  it("tells the disk what a crash takes with it, and wipes it", () => {
    const told: Array<string> = []
    const disk = { crash: (kind: string) => told.push(kind), wipe: () => told.push("wiped") }
    under(
      [
        { at: 100, kind: "crash", node: "a", power: true, downMs: 10 },
        { at: 200, kind: "crash", node: "a", power: false, downMs: 10 },
        { at: 300, kind: "wipe", node: "a", downMs: 10 }
      ],
      () => undefined,
      ({ a }) => expect(a.alive()).toBe(true),
      disk
    )
    expect(told).toEqual(["power", "process", "power", "wiped"])
  })

  it("lets a disk rot, misdirect, fail to sync and be full, and no disk that cannot", () => {
    const told: Array<string> = []
    const disk: NemesisDisk = {
      rot: (random) => told.push(`rot ${random.below(1000)}`),
      misdirect: () => told.push("misdirect"),
      failNextSync: () => told.push("sync fails"),
      full: (on) => told.push(`full ${on}`)
    }
    const faults: ReadonlyArray<PlannedFault> = [
      { at: 100, kind: "rot", node: "a", seed: 7 },
      { at: 200, kind: "misdirect", node: "a", seed: 7 },
      { at: 300, kind: "sync fails", node: "a" },
      { at: 400, kind: "disk full", node: "a", until: 500 },
      { at: 600, kind: "rot", node: "b", seed: 7 },
      { at: 700, kind: "wipe", node: "b", downMs: 1 }
    ]
    const { marks } = under(faults, () => undefined, undefined, disk)
    expect(told).toEqual([`rot ${makePrng(7).below(1000)}`, "misdirect", "sync fails", "full true", "full false"])
    expect([...marks]).toEqual([
      ["rot", 1],
      ["misdirect", 1],
      ["sync fails", 1],
      ["disk full", 1]
    ])
  })

  it("pauses a node, whose clock goes on and to which what waited comes in order", () => {
    const heard: Array<string> = []
    under(
      [{ at: 150, kind: "pause", node: "b", until: 450 }],
      ({ a }, round) => a.feed(does(send("b", `${round}`))),
      ({ b }) => heard.push(...b.state().heard)
    )
    expect(heard.slice(0, 9)).toEqual([
      "Tick 1000",
      "Tick 1001",
      "a: 0",
      "Tick 1101",
      "a: 1",
      "Tick 1450",
      "a: 2",
      "a: 3",
      "a: 4"
    ])
  })

  it("lets a clock jump, and drift", () => {
    const times: Array<number> = []
    under(
      [
        { at: 150, kind: "clock step", node: "a", byMs: 500 },
        { at: 250, kind: "clock step", node: "a", byMs: -700 },
        { at: 400, kind: "clock drift", node: "a", perMille: 100, until: 600 }
      ],
      ({ a }) => times.push(a.now())
    )
    expect(times).toEqual([1000, 1100, 1700, 1100, 1200, 1310, 1420, 1520, 1620, 1720])
  })

  it("wakes a machine by its own clock", () => {
    const heard: Array<string> = []
    runWorld(
      (world) => {
        const a = world.node("a", { wakeAt: 1500 })
        world.simulation.nemesis({ nodes: ["a"], kinds: [], gapMs: 0 })
        world.simulation.run({ moves: 0, gapMs: 0, horizonMs: 1000 }, [
          { name: "look", weight: 1, run: () => heard.push(...a.state().heard) }
        ])
      },
      {
        faults: [{ at: 0, kind: "clock drift", node: "a", perMille: 1000, until: 900 }],
        moves: [
          { at: 249, name: "look", seed: 0 },
          { at: 251, name: "look", seed: 0 }
        ]
      }
    )
    expect(heard).toEqual(["Tick 1000", "Tick 1000", "Tick 1500"])
  })

  it("cuts links in one direction or both, and what is on its way is lost too", () => {
    expect(arrivals([{ at: 150, kind: "cut", links: ["a>b"], until: 450 }])).toEqual([
      "0",
      "1",
      "5",
      "6",
      "7",
      "8",
      "9"
    ])
    expect(arrivals([{ at: 200, kind: "cut", links: ["a>b"], until: 201 }])).toEqual(all.filter((one) => one !== "2"))
    expect(arrivals([{ at: 150, kind: "cut", links: ["b>a"], until: 450 }])).toEqual(all)
  })

  it("keeps a link cut for as long as one of two cuts lasts", () => {
    const cuts = [
      { at: 150, kind: "cut", links: ["a>b"], until: 350 },
      { at: 250, kind: "cut", links: ["a>b"], until: 550 }
    ] as const
    expect(arrivals(cuts)).toEqual(["0", "1", "6", "7", "8", "9"])
  })

  it("clogs a link, and what waited goes on in its order", () => {
    const times: Array<string> = []
    under([{ at: 150, kind: "clog", links: ["a>b"], until: 450 }], ({ a, b }, round) => {
      a.feed(does(send("b", `${round}`)))
      times.push(heardBy(b).join(" ").replaceAll("a: ", ""))
    })
    expect(times.slice(4, 6)).toEqual(["0 1", "0 1 2 3 4"])
  })

  it("on a link holds nothing back that is sent after everything has healed", () => {
    under(
      [{ at: 850, kind: "slow", links: ["a>b"], until: 5000, addMs: 700 }],
      ({ a }, round) => a.feed(does(send("b", `${round}`))),
      ({ a, b, world: { simulation } }) => {
        simulation.settle("nothing is waited for", () => true, { withinMs: 1 })
        a.feed(does(send("b", "fresh")))
        simulation.pass(10)
        expect(heardBy(b).at(-1)).toMatch(/fresh$/)
        simulation.pass(1000)
        expect(heardBy(b).at(-1)).toMatch(/9$/)
      }
    )
  })

  it("makes a link slow", () => {
    const heard: Array<string> = []
    under(
      [{ at: 150, kind: "slow", links: ["a>b"], until: 250, addMs: 70 }],
      ({ a }, round) => a.feed(does(send("b", `${round}`))),
      ({ b }) => heard.push(...b.state().heard.filter((one) => one.startsWith("Tick")))
    )
    expect(heard.slice(1, 5)).toEqual(["Tick 1001", "Tick 1101", "Tick 1271", "Tick 1301"])
  })

  it("loses, repeats and reorders more while a burst lasts", () => {
    const burst = (of: "loss" | "duplicate" | "reorder"): PlannedFault => {
      return { at: 150, kind: "burst", of, links: ["a>b"], percent: 100, until: 350 }
    }
    const run = (fault: PlannedFault): ReadonlyArray<string> => {
      const heard: Array<string> = []
      runWorld(
        (world) => {
          world.simulation.network({ minMs: 1, meanMs: 0 })
          const a = world.node("a")
          const b = world.node("b")
          world.simulation.run({ moves: 0, gapMs: 0, horizonMs: 1000 }, [
            { name: "send", weight: 1, run: () => a.feed(does(send("b", `${(world.simulation.now() - 1000) / 100}`))) }
          ])
          heard.push(...heardBy(b).map((one) => one.slice(3)))
        },
        { faults: [fault], moves: all.map((one) => ({ at: 100 * Number(one), name: "send", seed: 0 })) }
      )
      return heard
    }
    expect(run(burst("loss"))).toEqual(all.filter((one) => one !== "2" && one !== "3"))
    expect(run(burst("duplicate"))).toEqual(["0", "1", "2", "2", "3", "3", "4", "5", "6", "7", "8", "9"])
    expect(run(burst("reorder"))).toEqual(all)
  })

  it("does nothing where it makes no sense", () => {
    const { marks } = under(
      [
        { at: 100, kind: "crash", node: "nobody", power: false, downMs: 1 },
        { at: 110, kind: "cut", links: ["a>nobody"], until: 200 },
        { at: 120, kind: "crash", node: "a", power: false, downMs: 50 },
        { at: 130, kind: "crash", node: "a", power: false, downMs: 500 }
      ],
      () => undefined
    )
    expect([...marks]).toEqual([["crash", 1]])
  })

  it("does not happen where the scenario does not allow it", () => {
    const marksOf = (allows: (kind: string) => boolean): ReadonlyArray<string> => {
      const { marks } = runWorld(
        (world) => {
          world.node("a")
          world.node("b")
          world.simulation.nemesis({ nodes: ["a"], kinds: [], gapMs: 0, allows: ({ kind }) => allows(kind) })
          world.simulation.run({ moves: 0, gapMs: 0, horizonMs: 100 }, [])
        },
        { faults: [{ at: 1, kind: "cut", links: ["a>b"], until: 9 }] }
      )
      return [...marks.keys()]
    }
    expect(marksOf((kind) => kind !== "cut")).toEqual([])
    expect(marksOf(() => true)).toEqual(["cut"])
  })
})

describe("settling", () => {
  const hurt: ReadonlyArray<PlannedFault> = [
    { at: 100, kind: "crash", node: "b", power: false, downMs: 1_000_000 },
    { at: 100, kind: "cut", links: ["a>b", "a>c"], until: 1_000_000 },
    { at: 100, kind: "pause", node: "a", until: 1_000_000 },
    { at: 100, kind: "crash", node: "c", power: false, downMs: 1000 }
  ]

  it("ends every fault", () => {
    under(
      hurt,
      () => undefined,
      ({ a, b, world }) => {
        world.simulation.settle("b hears a", () => heardBy(b).length > 0 || (a.feed(does(send("b", "x"))), false), {
          withinMs: 100
        })
        expect([a.alive(), b.alive()]).toEqual([true, true])
      }
    )
  })

  it("hands a paused node what it was given meanwhile, although its machine waits for no time", () => {
    runWorld(
      (world) => {
        const node = world.node("a")
        world.simulation.run({ moves: 0, gapMs: 0, horizonMs: 1000 }, [])
        node.feed(does())
        world.simulation.settle("a has done it", () => node.state().heard.includes("Do"), { withinMs: 100 })
      },
      { faults: [{ at: 100, kind: "pause", node: "a", until: 1_000_000 }] }
    )
  })

  it("heals only a core, while everything else stays as bad as it is for ever", () => {
    runWorld(
      (world) => {
        const a = world.node("a")
        const b = world.node("b")
        const c = world.node("c")
        world.simulation.run({ moves: 0, gapMs: 0, horizonMs: 1000 }, [])
        world.simulation.settle("b hears a", () => heardBy(b).length > 0 || (a.feed(does(send("b", "x"))), false), {
          withinMs: 100,
          core: ["a", "b"]
        })
        a.feed(does(send("c", "x")))
        world.simulation.pass(10_000)
        expect([a.alive(), b.alive(), c.alive()]).toEqual([true, true, false])
        c.restart()
        a.feed(does(send("c", "x")))
        world.simulation.pass(1000)
        expect(heardBy(c)).toEqual([])
      },
      { faults: hurt }
    )
  })
})
