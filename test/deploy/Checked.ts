import { cpSync, mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { projectRoot, run } from "../house/Command.ts"
import { pythonTool } from "../services/Python.ts"
import { kafkaToCassandra, mskToDynamoDb, mskToPostgres, templateOf } from "./cdk/Stacks.ts"

/** What is looked at: the templates of CloudFormation by their names, and the folder with the module of Terraform. */
export interface Deployments {
  readonly folder: string
  readonly templates: ReadonlyArray<string>
  readonly modules: ReadonlyArray<string>
}

const deadline = 240_000

/** Copies what is deployed into a folder, with what the CDK makes of three stacks. */
export const gather = (folder: string): Deployments => {
  const stacks = { mskToDynamoDb, kafkaToCassandra, mskToPostgres }
  cpSync(join(projectRoot, "deploy", "terraform"), join(folder, "terraform"), { recursive: true })
  cpSync(join(projectRoot, "deploy", "sam"), join(folder, "sam"), { recursive: true })
  mkdirSync(join(folder, "cdk"))
  for (const [name, props] of Object.entries(stacks)) {
    writeFileSync(join(folder, "cdk", `${name}.json`), JSON.stringify(templateOf(props), null, 2))
  }
  return {
    folder,
    templates: [join("sam", "template.yaml"), ...Object.keys(stacks).map((name) => join("cdk", `${name}.json`))],
    modules: readdirSync(join(folder, "terraform")).map((name) => join("terraform", name))
  }
}

/** The tools, as paths of programs; each has an environment of its own, since they bring modules of the same name. */
export interface Tools {
  readonly cfnLint: string
  readonly hcl2ToJson: string
  readonly checkov: string
}

/** Gets the tools from PyPI, where they are not there yet; one after the other, since each has a deadline. */
export const getTools = async (): Promise<Tools> => ({
  cfnLint: await pythonTool("cfn-lint==1.58.0", "cfn-lint"),
  hcl2ToJson: await pythonTool("python-hcl2==8.1.4", "hcl2tojson"),
  checkov: await pythonTool("checkov==3.3.30", "checkov")
})

/** What cfn-lint has to say of templates, warnings, too: nothing where they are in order. */
export const lintTemplates = async ({ cfnLint }: Tools, { folder, templates }: Deployments): Promise<string> => {
  const args = ["--config-file", join(projectRoot, "deploy", "cfn-lint.yaml"), "--format", "parseable"]
  const ended = await run(cfnLint, [...args, ...templates], { cwd: folder, deadline })
  const said = `${ended.stdout}${ended.stderr}`.trim()
  if (ended.code !== 0 && said === "") throw new Error(`cfn-lint ended with ${ended.code} and said nothing.`)
  return said
}

/** A file of Terraform as JSON: python-hcl2 refuses what is no HCL. */
export const parseModule = async (
  { hcl2ToJson }: Tools,
  { folder }: Deployments,
  module: string
): Promise<Record<string, unknown>> => {
  const ended = await run(hcl2ToJson, [module], { cwd: folder, deadline })
  if (ended.code !== 0) throw new Error(`python-hcl2 does not parse ${module}:\n${ended.stderr}`)
  return JSON.parse(ended.stdout) as Record<string, unknown>
}

/** What checkov found: how many checks passed for each framework, and what failed. */
export interface Findings {
  readonly passed: Readonly<Record<string, number>>
  readonly failed: ReadonlyArray<string>
}

interface Report {
  readonly check_type: string
  readonly results: {
    readonly failed_checks: ReadonlyArray<{
      readonly check_id: string
      readonly resource: string
      readonly file_path: string
    }>
    readonly parsing_errors: ReadonlyArray<string>
  }
  readonly summary: { readonly passed: number }
}

/** Lets checkov look at everything, but for what `deploy/checkov.yaml` leaves out. */
export const scan = async ({ checkov }: Tools, { folder }: Deployments): Promise<Findings> => {
  const config = ["--config-file", join(projectRoot, "deploy", "checkov.yaml")]
  const args = ["--directory", ".", "--framework", "terraform", "cloudformation", "--output", "json", "--skip-download"]
  const ended = await run(checkov, [...config, ...args], { cwd: folder, deadline })
  const found = JSON.parse(ended.stdout) as Report | ReadonlyArray<Report>
  const reports: ReadonlyArray<Report> = Array.isArray(found) ? found : [found as Report]
  return {
    passed: Object.fromEntries(reports.map(({ check_type, summary }) => [check_type, summary.passed])),
    failed: reports.flatMap(({ results }) => [
      ...results.parsing_errors.map((path) => `${path} cannot be parsed`),
      ...results.failed_checks.map((each) => `${each.check_id} ${each.resource} (${each.file_path})`)
    ])
  }
}
