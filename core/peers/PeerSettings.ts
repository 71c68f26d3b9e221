/**
 * How the links between peers behave; times are in milliseconds, sizes in bytes, and what is absent has the value in
 * brackets.
 *
 * **Details**
 *
 * - `connectTimeoutMs`: bounds one attempt to connect, and the greeting (5000)
 * - `keepAliveMs`: how often a side that sends asks whether the other one is still there (1000)
 * - `silenceMs`: after so long without a byte a connection is given up, and so is one that takes no bytes (10 000)
 * - `minBackoffMs`, `maxBackoffMs`: how long is waited between attempts to connect, twice as long each time (50, 2000)
 * - `maxFrameBytes`: the largest frame that is sent or taken (16 MiB)
 * - `queueFrames`, `queueBytes`: what may wait for one peer; beyond it the oldest is dropped (4096, 64 MiB)
 * - `writeBytes`: what is handed to the network at once (1 MiB)
 * - `maxConnections`: connections from peers that are served at a time; others are closed at once (1024)
 */
export interface PeerSettings {
  readonly connectTimeoutMs: number
  readonly keepAliveMs: number
  readonly silenceMs: number
  readonly minBackoffMs: number
  readonly maxBackoffMs: number
  readonly maxFrameBytes: number
  readonly queueFrames: number
  readonly queueBytes: number
  readonly writeBytes: number
  readonly maxConnections: number
}

/** The settings of {@link PeerSettings} in brackets. */
export const peerDefaults: PeerSettings = {
  connectTimeoutMs: 5000,
  keepAliveMs: 1000,
  silenceMs: 10_000,
  minBackoffMs: 50,
  maxBackoffMs: 2000,
  maxFrameBytes: 16 << 20,
  queueFrames: 4096,
  queueBytes: 64 << 20,
  writeBytes: 1 << 20,
  maxConnections: 1024
}
