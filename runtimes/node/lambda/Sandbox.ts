import { fork } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { basename, dirname, extname } from "node:path"
import { fileURLToPath } from "node:url"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { SandboxFailure } from "./SandboxFailure.ts"
import type { SandboxFailureReason } from "./SandboxFailure.ts"
import type { InvokeMessage, SandboxMessage } from "./SandboxMessage.ts"

/** A function: the file that exports it, and under which name. */
export interface Handler {
  readonly file: string
  readonly name: string
}

/**
 * What a sandbox runs, and with which variables beside those of this process; `output` is what becomes of what the function
 * writes: it goes to stderr of this process, or nowhere.
 */
export interface SandboxOptions {
  readonly handler: Handler
  readonly environment?: Readonly<Record<string, string>>
  readonly output?: "inherit" | "ignore"
}

/** How a function has ended that has not been killed. `answer` is JSON. */
export type SandboxAnswer = Extract<SandboxMessage, { readonly id: number }>

/**
 * A process for one invocation at a time.
 *
 * **Details**
 *
 * `start` waits until the handler is loaded, in a process that is there or in a new one, and tells whether the function was never
 * invoked there: a cold start. `invoke` needs a process that is started, and fails where it ends before it has answered. `kill` ends it, whatever it is at.
 */
export interface Sandbox {
  readonly start: Effect.Effect<boolean, SandboxFailure>
  readonly invoke: (message: InvokeMessage) => Effect.Effect<SandboxAnswer, SandboxFailure>
  readonly kill: () => void
}

interface Running {
  readonly child: ChildProcess
  readonly ready: Deferred.Deferred<void, SandboxFailure>
  readonly gone: Deferred.Deferred<never, SandboxFailure>
  answered: ((answer: SandboxAnswer) => void) | undefined
  isUsed: boolean
}

const main = fileURLToPath(new URL(`SandboxMain${extname(import.meta.url)}`, import.meta.url))

/** How long an ended process may take to be gone, in milliseconds. */
const goneMs = 5000

const nameOf = ({ file }: Handler): string => basename(file, extname(file))

/** The variables of a sandbox, as AWS Lambda sets them. Settings and secrets of this program are not the function's. */
const variablesOf = ({ environment, handler }: SandboxOptions): Readonly<Record<string, string | undefined>> => {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("ODRADEK_"))
  const name = nameOf(handler)
  return {
    AWS_REGION: "us-east-1",
    ...Object.fromEntries(inherited),
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "512",
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: "local",
    LAMBDA_TASK_ROOT: dirname(handler.file),
    _HANDLER: `${name}.${handler.name}`,
    ...environment
  }
}

const failure = (reason: SandboxFailureReason, message: string): SandboxFailure =>
  new SandboxFailure({ reason, message })

/** Ends a process and those that it has started. */
const end = ({ exitCode, pid, signalCode }: ChildProcess): void => {
  if (pid === undefined || exitCode !== null || signalCode !== null) return
  try {
    process.kill(-pid, "SIGKILL")
  } catch (error) {
    // It may have ended in this moment.
    if (!(error instanceof Error) || !("code" in error) || error.code !== "ESRCH") throw error
  }
}

const begin = (options: SandboxOptions): Running => {
  const { handler, output = "inherit" } = options
  const stream = output === "inherit" ? 2 : "ignore"
  const child = fork(main, [handler.file, handler.name], {
    env: variablesOf(options),
    stdio: ["ignore", stream, stream, "ipc"],
    serialization: "advanced",
    // A group of its own: Ctrl-C is for this process, and whatever the function starts ends with it.
    detached: true
  })
  const ready = Deferred.makeUnsafe<void, SandboxFailure>()
  const gone = Deferred.makeUnsafe<never, SandboxFailure>()
  const running: Running = { child, ready, gone, answered: undefined, isUsed: false }
  let refused: SandboxFailure | undefined
  const failed = (error: SandboxFailure): void => {
    Deferred.doneUnsafe(ready, Effect.fail(error))
    Deferred.doneUnsafe(gone, Effect.fail(error))
  }
  child.on("message", (message: SandboxMessage) => {
    switch (message._tag) {
      case "Ready":
        return Deferred.doneUnsafe(ready, Effect.void)
      case "NotLoaded":
        refused = failure(message.isMissing ? "NoHandler" : "NotLoaded", `${handler.file} ${message.message}.`)
        return
      case "Returned":
      case "Unreadable":
      case "Threw":
        return running.answered?.(message)
    }
  })
  child.once("error", ({ message }) => failed(failure("NotStarted", `No sandbox can be started: ${message}.`)))
  // Not `exit`: by now everything has been heard that the process has said.
  child.once("close", (code: number | null, signal: NodeJS.Signals | null) => {
    const how = signal === null ? `with exit code ${code}` : `by ${signal}`
    failed(refused ?? failure("Exited", `The function's process has ended ${how}.`))
  })
  return running
}

const isGone = ({ child }: Running): boolean => child.exitCode !== null || child.signalCode !== null

/** Makes a sandbox without a process; the one that it has is ended with the scope. */
export const makeSandbox = (options: SandboxOptions): Effect.Effect<Sandbox, never, Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      let current: Running | undefined
      /** Those that were killed and are perhaps not gone yet. */
      const killed = new Set<Running>()
      const kill = (): void => {
        if (current === undefined) return
        const ended = current
        current = undefined
        end(ended.child)
        if (isGone(ended)) return
        killed.add(ended)
        ended.child.once("exit", () => killed.delete(ended))
      }
      const running = (): Running => {
        if (current === undefined || isGone(current)) current = begin(options)
        return current
      }
      const start = Effect.suspend(() => {
        const one = running()
        return Effect.map(Deferred.await(one.ready), () => !one.isUsed)
      })
      const invoke = (message: InvokeMessage): Effect.Effect<SandboxAnswer, SandboxFailure> =>
        Effect.suspend(() => {
          const one = current
          if (one === undefined) return Effect.fail(failure("Exited", "The function's process has ended before."))
          const answered = Effect.callback<SandboxAnswer, SandboxFailure>((resume) => {
            one.answered = (answer) => {
              if (answer.id === message.id) resume(Effect.succeed(answer))
            }
            one.isUsed = true
            // A process that takes nothing ends, and that is told then.
            one.child.send(message, () => undefined)
          })
          return Effect.raceFirst(answered, Deferred.await(one.gone))
        })
      const close = Effect.suspend(() => {
        kill()
        return Effect.forEach(killed, ({ gone }) => Effect.exit(Deferred.await(gone)), { discard: true })
      })
      return { sandbox: { start, invoke, kill }, close }
    }),
    ({ close }) => Effect.timeoutOption(close, goneMs)
  ).pipe(Effect.map(({ sandbox }) => sandbox))
