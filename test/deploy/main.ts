import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gather, getTools, lintTemplates, parseModule, scan } from "./Checked.ts"

const folder = mkdtempSync(join(tmpdir(), "odradek-deploy-"))
try {
  const tools = await getTools()
  const deployments = gather(folder)
  const linted = await lintTemplates(tools, deployments)
  for (const module of deployments.modules) await parseModule(tools, deployments, module)
  const { failed, passed } = await scan(tools, deployments)
  const problems = [...(linted === "" ? [] : linted.split("\n")), ...failed]
  const seen = Object.entries(passed).map(([framework, count]) => `${count} of ${framework}`)
  const { modules, templates } = deployments
  process.stdout.write(
    `cfn-lint looked at ${templates.length} templates, python-hcl2 at ${modules.length} files of Terraform.\n`
  )
  process.stdout.write(`checkov's checks passed: ${seen.join(", ")}.\n`)
  for (const problem of problems) process.stdout.write(`${problem}\n`)
  process.exitCode = problems.length === 0 ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
