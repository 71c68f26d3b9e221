import { type Address, NetworkError, type NetworkErrorReason } from "../../core/ports/index.ts"

const reasons: ReadonlyMap<string, NetworkErrorReason> = new Map([
  ["ECONNREFUSED", "Refused"],
  ["ENOTFOUND", "Refused"],
  ["EAI_AGAIN", "Refused"],
  ["EADDRINUSE", "InUse"],
  ["ECONNRESET", "Closed"],
  ["EPIPE", "Closed"],
  ["ERR_STREAM_DESTROYED", "Closed"],
  ["ERR_STREAM_WRITE_AFTER_END", "Closed"],
  ["ETIMEDOUT", "TimedOut"]
])

const advice: Record<NetworkErrorReason, string> = {
  Refused: "nobody listens there: check the address, and that the other side runs",
  InUse: "somebody listens there already: stop it, or choose another port (0 takes a free one)",
  Closed: "the other side ended the connection: connect again",
  TimedOut: "no answer came in time: check the address, and whether a firewall drops the packets",
  Io: "the system refused"
}

/** What to do where a code says more than the reason that it stands for. */
const codeAdvice: ReadonlyMap<string, string> = new Map([
  ["ENOTFOUND", "no host has this name: check how it is spelled, and that this machine can resolve it"],
  ["EAI_AGAIN", "the name cannot be resolved now: check the network and the name server of this machine"]
])

const verbs: Record<NetworkError["operation"], string> = {
  connect: "Cannot connect to",
  listen: "Cannot listen on",
  read: "Cannot read from",
  write: "Cannot write to"
}

/** The code that Node gives the error, also when it tried several addresses. */
const codeOf = (cause: unknown): string => {
  if (cause instanceof AggregateError && cause.errors.length > 0) return codeOf(cause.errors[0])
  return cause instanceof Error && "code" in cause ? String(cause.code) : ""
}

/** What Node said, in the words of the port. */
export const networkError = (operation: NetworkError["operation"], address: Address, cause: unknown): NetworkError => {
  const code = codeOf(cause)
  const reason = reasons.get(code) ?? "Io"
  const said = reason === "Io" ? ` (${code === "" ? String(cause) : code})` : ""
  const message = `${verbs[operation]} ${address.host}:${address.port}: ${codeAdvice.get(code) ?? advice[reason]}${said}.`
  return new NetworkError({ reason, operation, address, message, cause })
}

/** A connection attempt whose time is over. */
export const timedOut = (address: Address, timeoutMs: number): NetworkError =>
  new NetworkError({
    reason: "TimedOut",
    operation: "connect",
    address,
    message: `Cannot connect to ${address.host}:${address.port} within ${timeoutMs} ms: ${advice.TimedOut}.`
  })
