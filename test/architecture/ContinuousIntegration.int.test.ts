import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { describe, expect, it } from "vitest"
import { projectRoot } from "../house/Command.ts"

interface Said {
  readonly text: string
  readonly code: number
}

/** Runs `.ci/run` in a tree where `npm` answers with what each of its commands is to say. */
const outcomeOf = (answers: Readonly<Record<string, Said>>, files: ReadonlyArray<string> = []): Said => {
  const root = mkdtempSync(join(tmpdir(), "odradek-ci-"))
  const bin = join(root, "node_modules", ".bin")
  mkdirSync(bin, { recursive: true })
  mkdirSync(join(root, "test"))
  cpSync(join(projectRoot, ".ci"), join(root, ".ci"), { recursive: true })
  for (const path of files) writeFileSync(join(root, path), "")
  const cases = Object.entries(answers).map(
    ([command, { text, code }]) => `"${command}") printf '${text}'; exit ${code} ;;`
  )
  const scripts = { npm: `case "$*" in\n${cases.join("\n")}\n*) exit 9 ;;\nesac`, kcat: "exit 0" }
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(bin, name), `#!/usr/bin/env bash\n${script}\n`, { mode: 0o755 })
  }
  const ended = spawnSync(join(root, ".ci", "run"), { encoding: "utf8" })
  rmSync(root, { recursive: true, force: true })
  return { text: ended.stdout.trimEnd().split("\n").at(-1) ?? "", code: ended.status ?? -1 }
}

const good = {
  ci: { text: "", code: 0 },
  "run --silent check": { text: "check types: passed\\n6 passed, 0 failed\\n", code: 0 },
  "test --silent": { text: "Tests 40 passed\\ntests: 40 passed, 0 failed\\n", code: 0 },
  "run --silent services -- start": { text: "", code: 0 },
  "run --silent services -- stop": { text: "", code: 0 }
} satisfies Readonly<Record<string, Said>>

describe("the run on a clean clone", () => {
  it("adds up the checks and the tests", () => {
    expect(outcomeOf(good)).toEqual({ text: "46 passed, 0 failed", code: 0 })
  })

  it("runs the tests against real servers where there are some", () => {
    const services = { text: "tests: 3 passed, 1 failed\\n", code: 1 }
    const answers = { ...good, "run --silent test:services": services }
    expect(outcomeOf(answers, ["test/A.svc.test.ts"])).toEqual({ text: "49 passed, 1 failed", code: 1 })
  })

  it("counts a server that cannot be had as one failure, and runs the tests nevertheless", () => {
    const services = { text: "tests: 3 passed, 0 failed\\n", code: 0 }
    const start = { text: "postgres: not installed\\n", code: 1 }
    const answers = { ...good, "run --silent test:services": services, "run --silent services -- start": start }
    expect(outcomeOf(answers, ["test/A.svc.test.ts"])).toEqual({ text: "49 passed, 1 failed", code: 1 })
  })

  it("counts a failed check as one failure", () => {
    const answers = { ...good, "run --silent check": { text: "5 passed, 1 failed\\n", code: 1 } }
    expect(outcomeOf(answers)).toEqual({ text: "45 passed, 1 failed", code: 1 })
  })

  it("counts a command that dies without its closing line as one failure", () => {
    const answers = { ...good, "run --silent check": { text: "Killed\\n", code: 137 } }
    expect(outcomeOf(answers)).toEqual({ text: "40 passed, 1 failed", code: 1 })
  })

  it("counts a command that fails although its closing line names no failure", () => {
    const answers = { ...good, "test --silent": { text: "tests: 40 passed, 0 failed\\n", code: 1 } }
    expect(outcomeOf(answers)).toEqual({ text: "46 passed, 1 failed", code: 1 })
  })

  it("counts an installation that fails", () => {
    expect(outcomeOf({ ...good, ci: { text: "", code: 1 } })).toEqual({ text: "46 passed, 1 failed", code: 1 })
  })

  it("fails when no test has run", () => {
    const answers = { ...good, "test --silent": { text: "tests: 0 passed, 0 failed\\n", code: 0 } }
    expect(outcomeOf(answers)).toEqual({ text: "6 passed, 1 failed", code: 1 })
  })
})

describe("the closing line of a test run", () => {
  it("counts tests, files that do not load, and errors outside of tests", () => {
    const root = mkdtempSync(join(tmpdir(), "odradek-tests-"))
    symlinkSync(join(projectRoot, "node_modules"), join(root, "node_modules"))
    const files = {
      "package.json": `{ "type": "module" }`,
      "test/A.test.ts": `import { it } from "vitest"\nit("a", () => {})\nit("b", () => {\n  throw new Error("b")\n})\n`,
      "test/B.test.ts": `throw new Error("does not load")\n`,
      "test/C.test.ts": `import { it } from "vitest"\nit("c", () => void Promise.reject(new Error("c")))\n`
    }
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    const reporter = join(projectRoot, "test/reporter.ts")
    const ended = spawnSync("vitest", ["run", "--root", root, "--reporter", reporter], {
      cwd: projectRoot,
      encoding: "utf8",
      env: { ...process.env, PATH: `${join(projectRoot, "node_modules/.bin")}:${process.env["PATH"] ?? ""}` }
    })
    rmSync(root, { recursive: true, force: true })
    expect(ended.stdout).toBe("tests: 2 passed, 3 failed\n")
  })
})
