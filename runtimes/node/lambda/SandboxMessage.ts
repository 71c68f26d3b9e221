/** Invokes the function in a sandbox. `event` is JSON, `deadline` in milliseconds since the epoch. */
export interface InvokeMessage {
  readonly id: number
  readonly requestId: string
  readonly event: string
  readonly deadline: number
}

/**
 * What a sandbox says.
 *
 * - `Ready`: the handler is loaded
 * - `NotLoaded`: there is no handler, or its module has thrown; the sandbox ends
 * - `Returned`: what the function has answered, as JSON; `undefined` for nothing
 * - `Unreadable`: the function has answered what cannot be made JSON
 * - `Threw`: the function has thrown
 */
export type SandboxMessage =
  | { readonly _tag: "Ready" }
  | { readonly _tag: "NotLoaded"; readonly isMissing: boolean; readonly message: string }
  | { readonly _tag: "Returned"; readonly id: number; readonly answer: string | undefined }
  | { readonly _tag: "Unreadable"; readonly id: number; readonly message: string }
  | { readonly _tag: "Threw"; readonly id: number; readonly message: string }
