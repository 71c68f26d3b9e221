import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { readPlan } from "../../../../core/simulation/index.ts"
import { mutants } from "../../../../runtimes/simulate/index.ts"
import { odradek, onTerminal, temporaryFolder, waiting } from "./Odradek.ts"

const folder = temporaryFolder()
afterAll(folder.remove)

const at = (name: string): string => join(folder.path, name)
const parsed = (json: string): Readonly<Record<string, unknown>> => JSON.parse(json)
const bug = ["--mutant", "half-of-even"]

describe("odradek simulate", { timeout: 120_000 }, () => {
  it("runs seeds, and says in a line what came of them", async () => {
    const ended = await odradek(["simulate", "chain", "--seeds", "12"])
    expect(ended).toMatchObject({ code: 0, stderr: "" })
    expect(ended.stdout).toMatch(
      /^simulated: 12 seeds, \d+ events \(\d+\.\d\d M\/s\), [\d.]+ virtual \w+, 0 violations, \d+ marks hit\ndigest: [0-9a-f]{8}, chain, seeds 1-12\n$/
    )
  })

  it.each(["journal", "log", "groups", "lambda"])("runs %s, too", async (system) => {
    const ended = await odradek(["simulate", system, "--seeds", "3"])
    expect(ended).toMatchObject({ code: 0, stderr: "" })
    expect(ended.stdout).toContain(`, ${system}, seeds 1-3`)
  })

  it("gives the same digest in every process, with any number of workers", async () => {
    const digest = async (workers: string) =>
      parsed((await odradek(["simulate", "chain", "--seeds", "12", "--json", "--workers", workers])).stdout)["digest"]
    expect(await digest("1")).toBe(await digest("3"))
  })

  it("runs a seed alone, and draws it", async () => {
    const { code, stdout } = await odradek(["simulate", "chain", "--seed", "5", "--trace", at("five.html")])
    expect(code).toBe(0)
    expect(stdout).toContain(`drawing: ${at("five.html")}\nsimulated: 1 seed,`)
    expect(readFileSync(at("five.html"), "utf8")).toMatch(/^<!doctype html>[^]*chain-5/)
  })

  it("shows on a terminal how far it is, and nothing with --quiet", async () => {
    const args = ["simulate", "chain", "--seeds", "150"]
    const shown = await odradek(args, { environment: onTerminal })
    expect(shown.stderr).toMatch(/\r\u001b\[Kchain: \d+ seeds, \d+\/s events, [\d.]+ virtual \w+, \d+ marks missing/)
    expect((await odradek([...args, "--quiet"], { environment: onTerminal })).stderr).toBe("")
  })

  it("finds a planted bug, shrinks it, and writes down the plan, which runs again and is drawn", async () => {
    const found = await odradek(["simulate", "chain", ...bug, "--out", folder.path])
    expect(found).toMatchObject({ code: 0, stderr: "" })
    const file = /^plan: (.*)$/m.exec(found.stdout)?.[1] ?? ""
    expect(file).toMatch(/odradek-chain-half-of-even-\d+\.plan\.json$/)
    expect(found.stdout).toMatch(
      /^mutant: half-of-even: It takes .*\nviolated: S10 .*\nfound: odradek simulate chain --mutant/
    )
    expect(found.stdout).toMatch(/^ +time +node +event +status$/m)
    expect(found.stdout).toContain(`again: odradek simulate chain --mutant half-of-even --plan ${file}`)
    const plan = readPlan(readFileSync(file, "utf8"))
    expect(plan.moves).toEqual([])

    const again = await odradek(["simulate", "chain", ...bug, "--plan", file, "--trace", at("bug.html"), "--json"])
    expect(again.code).toBe(1)
    const replayed = parsed(again.stdout)
    expect(replayed).toMatchObject({ scenario: "chain", seed: plan.seed, traceFile: at("bug.html") })
    expect(replayed["violation"]).toMatchObject({ plan, hash: replayed["hash"] })
    expect(readFileSync(at("bug.html"), "utf8")).toContain("S10 votes of a quorum")
    expect(parsed(again.stderr)["message"]).toBe(
      `The plan ${file} violates "S10 votes of a quorum": see the run above.`
    )

    const sound = await odradek(["simulate", "chain", "--plan", file])
    expect(sound).toMatchObject({ code: 0, stderr: "" })
    expect(sound.stdout).toMatch(/^replayed: seed \d+ of chain, .* 0 violations, trace [0-9a-f]+\n$/)
  })

  it("says that a planted bug is not found by too few seeds", async () => {
    const ended = await odradek(["simulate", "chain", "--mutant", "chunk-sent-once", "--seeds", "1"])
    expect(ended.code).toBe(1)
    expect(ended.stdout).toMatch(/not found: chunk-sent-once in 1 seed, [\d.]+ s\n$/)
    expect(ended.stderr).toBe("1 planted bug of 1 not found: chunk-sent-once (1 seed).\n")
  })

  it("writes one document with --json, also of a planted bug", async () => {
    const ended = await odradek(["simulate", "chain", ...bug, "--no-shrink", "--json", "--out", folder.path])
    expect(ended).toMatchObject({ code: 0, stderr: "" })
    const document = parsed(ended.stdout)
    expect(document).toMatchObject({ scenario: "chain", found: 1, of: 1 })
    const [{ violation }] = document["mutants"] as readonly [{ readonly violation: { readonly planFile: string } }]
    expect(violation).toMatchObject({ invariant: "S10 votes of a quorum" })
    expect(existsSync(violation.planFile)).toBe(true)
  })

  it("tells of a failure also where nothing can be written", async () => {
    writeFileSync(at("file"), "")
    const args = [
      "simulate",
      "chain",
      ...bug,
      "--no-shrink",
      "--out",
      at("file"),
      "--trace",
      join(at("file"), "x.html")
    ]
    const found = await odradek(args)
    expect(found.code).toBe(1)
    expect(found.stdout).toMatch(/\nviolated: S10 votes of a quorum: [^]*\nfound: odradek simulate chain --mutant/)
    expect(found.stdout).toMatch(/\nfound: half-of-even after \d+ seeds?, /)
    const plan = readPlan(/^plan: (.*)$/m.exec(found.stdout)?.[1] ?? "")
    expect(plan.scenario).toBe("chain")
    expect(found.stderr).toMatch(/plan\.json cannot be written \(EEXIST\)[^]*x\.html cannot be written \(ENOTDIR\)/)
  })

  it("lists the bugs that can be planted, and runs nothing", async () => {
    const { code, stdout } = await odradek(["simulate", "groups", "--mutant", "list"])
    expect(code).toBe(0)
    expect(stdout.trimEnd().split("\n")).toHaveLength(mutants.groups.length)
    expect(stdout).toMatch(/^join-unheard-while-preparing +[A-Z].*\.$/m)
    const listed = await odradek(["simulate", "groups", "--mutant", "list", "--json"])
    expect(parsed(listed.stdout)).toEqual({
      scenario: "groups",
      mutants: mutants.groups.map(({ name, why }) => ({ name, why }))
    })
  })

  it("says that nothing was drawn where nothing has failed", async () => {
    const { code, stdout } = await odradek(["simulate", "chain", "--seeds", "2", "--trace", at("none.html")])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^drawing: none, as nothing has failed: /)
    expect(existsSync(at("none.html"))).toBe(false)
  })

  it("tells how far a batch was that a signal ends", async () => {
    const running = waiting(["simulate", "chain", "--seeds", "1000000"], "", onTerminal)
    await expect.poll(() => running.written().stderr).toMatch(/chain: \d+ seeds, /)
    const { code, stderr, stdout } = await running.stop("SIGINT")
    expect({ code, stdout }).toEqual({ code: 130, stdout: "" })
    expect(stderr).toMatch(
      /\r\u001b\[Kstopped: \d+ seeds of chain run, no violation so far, and no digest: that is of a batch that has ended\.\n/
    )
  })

  it("tells what of a plan never came about", async () => {
    const whole = { scenario: "chain", seed: 1, moves: [], faults: [], chances: [] }
    const faults = [{ kind: "crash", node: "n99", power: true, downMs: 1, at: 1 }]
    const moves = [{ at: 1, name: "propse", seed: 1 }]
    writeFileSync(at("odd.json"), JSON.stringify({ ...whole, faults, moves }))
    const ended = await odradek(["simulate", "chain", "--plan", at("odd.json"), "--json"])
    expect(ended.code).toBe(0)
    const unused = ["moves[0] (propse) never began", "faults[0] (crash): there is no node n99"]
    expect(parsed(ended.stdout)["unused"]).toEqual(unused)
    expect(parsed(ended.stderr)["message"]).toBe(
      `2 parts of the plan ${at("odd.json")} had no effect: ${unused.join(", ")}.`
    )
  })

  it("refuses a plan that is none, or of something else, and says where", async () => {
    const refused = async (text: string) => {
      writeFileSync(at("bad.json"), text)
      const ended = await odradek(["simulate", "chain", "--plan", at("bad.json")])
      expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code: 2, stdout: "" })
      return ended.stderr
    }
    const crash = { kind: "crash", node: "n1", power: true, downMs: 1, at: -1 }
    expect(await refused(JSON.stringify({ scenario: "chain", seed: 1, faults: [crash] }))).toBe(
      `${at("bad.json")}: The plan's faults[0].at must be a whole number from 0 on.\n`
    )
    expect(await refused(JSON.stringify({ scenario: "chain", seed: 1, knobs: { nodse: 3 } }))).toContain(
      `${at("bad.json")}: The plan's knobs.nodse must be left out: chain has the knobs shuffle, `
    )
    expect(await refused(JSON.stringify({ scenario: "chain", seed: 1, knobs: { nodes: 70 } }))).toBe(
      `${at("bad.json")}: The plan's knobs.nodes must be a whole number from 1 to 7.\n`
    )
    expect(await refused(JSON.stringify({ scenario: "chain", seed: -1 }))).toContain(
      "seed must be a whole number from 0"
    )
    expect(await refused("{")).toContain("The plan is no JSON")
    expect(await refused(JSON.stringify({ scenario: "lock", seed: 1 }))).toContain("is a plan of lock")
  })

  it.each([
    [["--seeds", "0"], "--seeds is 0: give a whole number from 1"],
    [["--seed", "-1"], "--seed is -1: give a whole number from 0"],
    [["--seed", "4294967295", "--seeds", "2"], "give --seeds 1 at most from --seed 4294967295 on."],
    [["--minutes", "0"], "--minutes is 0: give a number above 0."],
    [["--workers", "0"], "--workers is 0: give a whole number from 1"],
    [
      ["--plan", "nowhere.json"],
      "The plan nowhere.json cannot be read (ENOENT): plans are written beside a failure, here or in --out DIR."
    ],
    [["--plan", "x", "--seeds", "3"], "give --plan without --seed, --seeds and --minutes."],
    [["--mutant", "vote-twise"], "No bug vote-twise can be planted in chain: near is vote-twice"],
    [["--mutant", "xxxxxxxxxxxx"], "planted in chain: `odradek simulate chain --mutant list` lists them."],
    [["--mutant", "list", "--seeds", "3"], "--mutant list runs nothing"],
    [["--mutant", "all", "--trace", "x.html"], "name one planted bug with --mutant."]
  ])("%j is wrong use", async (args, said) => {
    const ended = await odradek(["simulate", "chain", ...args])
    expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code: 2, stdout: "" })
    expect(ended.stderr).toContain(said)
  })
})
