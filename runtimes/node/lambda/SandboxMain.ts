import { pathToFileURL } from "node:url"
import { inspect } from "node:util"
import { Worker } from "node:worker_threads"
import type { InvokeMessage, SandboxMessage } from "./SandboxMessage.ts"

// The program of a sandbox: loads a handler, and invokes it as often as it is told to.

const [file = "", name = ""] = process.argv.slice(2)

const send = (message: SandboxMessage): void => void process.send?.(message)

/** Ends the sandbox of a parent that is gone, also where the handler never lets go of the thread. */
const watch = `const { ppid } = process
setInterval(() => { if (process.ppid !== ppid) process.kill(process.pid, "SIGKILL") }, 500)`

const textOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  return error.message === "" ? error.name : `${error.name}: ${error.message}`
}

type Handler = (event: unknown, context: object) => unknown

const isHandler = (value: unknown): value is Handler => typeof value === "function"

const contextOf = ({ deadline, requestId }: InvokeMessage): object => ({
  awsRequestId: requestId,
  functionName: process.env["AWS_LAMBDA_FUNCTION_NAME"],
  functionVersion: process.env["AWS_LAMBDA_FUNCTION_VERSION"],
  invokedFunctionArn: `arn:aws:lambda:${process.env["AWS_REGION"]}:000000000000:function:${process.env["AWS_LAMBDA_FUNCTION_NAME"]}`,
  memoryLimitInMB: process.env["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"],
  logGroupName: process.env["AWS_LAMBDA_LOG_GROUP_NAME"],
  logStreamName: process.env["AWS_LAMBDA_LOG_STREAM_NAME"],
  getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now())
})

const jsonOf = (id: number, answer: unknown): SandboxMessage => {
  try {
    return { _tag: "Returned", id, answer: JSON.stringify(answer) }
  } catch (error) {
    return { _tag: "Unreadable", id, message: textOf(error) }
  }
}

const invoke = async (handler: Handler, message: InvokeMessage): Promise<void> => {
  const { event, id } = message
  try {
    send(jsonOf(id, await handler(JSON.parse(event), contextOf(message))))
  } catch (error) {
    // Where it was thrown is for the log of the function.
    process.stderr.write(`${inspect(error)}\n`)
    send({ _tag: "Threw", id, message: textOf(error) })
  }
}

/** Says that there is no handler, and ends; what was thrown is told as Node tells it, with its line. */
const refuse = (message: string, isMissing: boolean, thrown?: { readonly error: unknown }): void => {
  const end = (): void => {
    if (thrown === undefined) process.exit(1)
    process.removeAllListeners("uncaughtException")
    throw thrown.error
  }
  process.send?.({ _tag: "NotLoaded", isMissing, message } satisfies SandboxMessage, end)
}

const load = async (): Promise<void> => {
  try {
    const loaded: unknown = await import(pathToFileURL(file).href)
    const exported = loaded as Readonly<Record<string, unknown>>
    // What is no ES module has its exports as the default one, too.
    const inner = exported["default"] as Readonly<Record<string, unknown>> | null | undefined
    const handler = exported[name] ?? inner?.[name]
    if (!isHandler(handler)) {
      return refuse(`exports no function "${name}"`, true)
    }
    if (handler.length > 2) {
      return refuse(`exports "${name}" with a callback, which functions of nodejs24.x cannot have`, false)
    }
    process.on("message", (message: InvokeMessage) => void invoke(handler, message))
    send({ _tag: "Ready" })
  } catch (error) {
    refuse(`cannot be loaded (${textOf(error)})`, false, { error })
  }
}

new Worker(watch, { eval: true, execArgv: [] }).unref()
process.once("disconnect", () => process.exit())
void load()
