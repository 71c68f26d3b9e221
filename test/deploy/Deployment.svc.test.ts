import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { gather, getTools, lintTemplates, parseModule, scan } from "./Checked.ts"
import type { Deployments, Findings, Tools } from "./Checked.ts"

const scratch = mkdtempSync(join(tmpdir(), "odradek-deployment-"))
let tools: Tools
let deployments: Deployments
let planted: Deployments
let found: Findings

const changed = (path: string, from: string, to: string): void => {
  const text = readFileSync(path, "utf8")
  expect(text).toContain(from)
  writeFileSync(path, text.replace(from, to))
}

beforeAll(async () => {
  tools = await getTools()
  deployments = gather(mkdtempSync(join(scratch, "as-it-is-")))
  planted = gather(mkdtempSync(join(scratch, "planted-")))
  found = await scan(tools, deployments)
}, 1_200_000)
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

describe("what functions are deployed with", () => {
  it("is in order for cfn-lint: the template of SAM, and what the CDK makes", async () => {
    expect(await lintTemplates(tools, deployments)).toBe("")
  }, 300_000)

  it("is not in order for cfn-lint where a mapping has a property that there is not", async () => {
    changed(join(planted.folder, "sam", "template.yaml"), "      BatchSize: !Ref", "      BatchSiz: !Ref")
    const said = await lintTemplates(tools, { ...planted, templates: [join("sam", "template.yaml")] })
    expect(said).toContain("'BatchSiz' was unexpected")
  }, 300_000)

  it("is HCL for python-hcl2: a module with a function, its mapping, its role and its logs", async () => {
    const parsed: Array<Record<string, unknown>> = []
    for (const module of deployments.modules) parsed.push(await parseModule(tools, deployments, module))
    const types = parsed
      .flatMap(({ resource }) => (resource ?? []) as ReadonlyArray<object>)
      .flatMap((resource) => Object.keys(resource))
      .map((type) => type.replaceAll('"', ""))
    expect(types.sort()).toEqual([
      "aws_cloudwatch_log_group",
      "aws_iam_role",
      "aws_iam_role_policy",
      "aws_lambda_event_source_mapping",
      "aws_lambda_function"
    ])
  }, 300_000)

  it("is no HCL for python-hcl2 where a brace is missing", async () => {
    const module = join("terraform", "outputs.tf")
    appendFileSync(join(planted.folder, module), "\noutput {\n")
    await expect(parseModule(tools, planted, module)).rejects.toThrow("python-hcl2 does not parse")
  }, 300_000)

  it("is in order for checkov, but for what is left out with a reason", () => {
    expect(found.failed).toEqual([])
    expect(found.passed["cloudformation"]).toBeGreaterThan(40)
    expect(found.passed["terraform"]).toBeGreaterThan(25)
  })

  it("is not in order for checkov where logs are kept for a day", async () => {
    changed(join(planted.folder, "terraform", "variables.tf"), "default     = 365", "default     = 1")
    const { failed } = await scan(tools, planted)
    expect(failed.join("\n")).toContain("CKV_AWS_338 aws_cloudwatch_log_group.function")
  }, 300_000)
})
