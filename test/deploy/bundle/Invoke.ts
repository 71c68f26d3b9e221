import { spawn } from "node:child_process"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { unzipSync } from "fflate"
import type { BatchResponse } from "../../../core/lambda/index.ts"

/** Writes the files of a zip file into a folder. */
export const unzip = (zip: string, folder: string): void => {
  mkdirSync(folder, { recursive: true })
  for (const [name, content] of Object.entries(unzipSync(new Uint8Array(readFileSync(zip))))) {
    writeFileSync(join(folder, name), content)
  }
}

const program = `
const { event, module } = JSON.parse(await new Response(process.stdin).text())
const { handler } = await import(module)
const context = {
  awsRequestId: "request-1",
  functionName: "journals",
  invokedFunctionArn: "arn:aws:lambda:eu-west-1:123456789012:function:journals",
  memoryLimitInMB: "512",
  getRemainingTimeInMillis: () => 60_000
}
const answer = await handler(event, context).then((value) => ({ value }), (error) => ({ thrown: String(error.message) }))
process.stdout.write("\\n" + JSON.stringify(answer), () => process.exit())
`

/** What an invocation gave: its answer, or the message of what it threw. */
export interface Invoked {
  readonly value?: BatchResponse
  readonly thrown?: string
}

/** Invokes the handler of an unpacked bundle in a process of its own, which has these variables in its environment alone. */
export const invoke = (
  folder: string,
  event: unknown,
  environment: Readonly<Record<string, string>>
): Promise<Invoked> =>
  new Promise((settle, fail) => {
    const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
      cwd: folder,
      env: { PATH: process.env["PATH"], ...environment },
      stdio: ["pipe", "pipe", "pipe"],
      timeout: 90_000,
      killSignal: "SIGKILL"
    })
    let stdout = ""
    let stderr = ""
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text))
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text))
    child.on("error", fail)
    child.on("close", () => {
      try {
        settle(JSON.parse(stdout.split("\n").at(-1) ?? "") as Invoked)
      } catch (cause) {
        fail(new Error(`The function answered nothing, but said:\n${stdout}\n${stderr}`, { cause }))
      }
    })
    child.stdin.end(JSON.stringify({ event, module: pathToFileURL(join(folder, "index.mjs")).href }))
  })
