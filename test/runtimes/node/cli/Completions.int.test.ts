import { spawnSync } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { cli } from "../../../../runtimes/node/cli/Cli.ts"
import { completionScript } from "../../../../runtimes/node/cli/CompletionScript.ts"
import { odradek, temporaryFolder } from "./Odradek.ts"

const folder = temporaryFolder()
afterAll(folder.remove)

const script = completionScript(cli, "bash")

/** What bash offers for the last of these words, the way readline asks the function that the script registers. */
const offered = (...words: ReadonlyArray<string>): ReadonlyArray<string> => {
  const quoted = words.map((word) => `'${word}'`).join(" ")
  const asking = [
    script,
    `COMP_WORDS=(odradek ${quoted}); COMP_CWORD=${words.length}`,
    `COMP_LINE='odradek ${words.join(" ")}'; COMP_POINT=\${#COMP_LINE}`,
    `_odradek odradek '${words.at(-1) ?? ""}' '${words.at(-2) ?? "odradek"}'`,
    'printf "%s\\n" "${COMPREPLY[@]}"'
  ].join("\n")
  const { status, stderr, stdout } = spawnSync("bash", ["--norc", "-c", asking], {
    encoding: "utf8",
    cwd: folder.path
  })
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" })
  return stdout.split("\n").filter((line) => line !== "")
}

describe("bash completes", () => {
  it("commands, all of them or those that begin so", () => {
    expect(offered("")).toEqual([
      "demo",
      "broker",
      "replicator",
      "journal",
      "http",
      "lambda",
      "chain",
      "simulate",
      "doctor",
      "completions"
    ])
    expect(offered("d")).toEqual(["demo", "doctor"])
  })

  it("the commands of a command", () => {
    expect(offered("journal", "p")).toEqual(["pointer", "purge", "purge-expired"])
  })

  it("flags, but for those that are given already, and offers no flag's opposite", () => {
    expect(offered("doctor", "--to")).toEqual(["--topics", "--topic"])
    expect(offered("journal", "read", "--json", "--")).not.toContain("--json")
    expect(offered("journal", "read", "--")).toEqual(expect.arrayContaining(["--from", "--store", "--help"]))
    expect(offered("journal", "read", "--no")).toEqual([])
  })

  it("values of flags and arguments that have only a few", () => {
    expect(offered("broker", "--fsync", "")).toEqual(["none", "interval", "always"])
    expect(offered("replicator", "--log-level", "w")).toEqual(["warn"])
    expect(offered("completions", "")).toEqual(["bash", "zsh", "fish"])
  })

  it("files and folders where a flag takes one", () => {
    writeFileSync(join(folder.path, "events.ndjson"), "")
    mkdirSync(join(folder.path, "everything"))
    expect(offered("journal", "append", "--file", "ev")).toEqual(expect.arrayContaining(["events.ndjson"]))
    expect(offered("broker", "--data", "ev")).toEqual(["everything"])
  })
})

it.each(["bash", "zsh", "fish"] as const)(
  "`odradek completions %s` writes the script, and says how it was made",
  async (shell) => {
    const ended = await odradek(["completions", shell])
    expect(ended).toEqual({ code: 0, stdout: `${completionScript(cli, shell)}\n`, stderr: "" })
    expect(ended.stdout).toContain(`odradek completions ${shell}`)
    expect(ended.stdout).not.toContain("--completions")
  }
)

it("another shell is refused, and those that there are named", async () => {
  const ended = await odradek(["completions", "tcsh"])
  expect(ended.code).toBe(2)
  expect(ended.stderr).toContain('Expected: "bash" | "zsh" | "fish"')
})
