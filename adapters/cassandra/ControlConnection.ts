import type { Client } from "cassandra-driver"

/** The connection by which the driver learns of nodes that come and go, as far as it concerns us. */
interface ControlConnection {
  _refresh: (hosts?: unknown) => Promise<void>
}

/** A node as the driver keeps it, with a pool of connections. */
interface Pooled {
  readonly shutdown: (waitForPending: boolean) => unknown
}

const hasPool = (host: unknown): host is Pooled =>
  typeof host === "object" && host !== null && "shutdown" in host && typeof host.shutdown === "function"

/**
 * Closes the connections of nodes that the driver has put others in the place of.
 *
 * **Details**
 *
 * A driver that has lost all nodes begins again with the addresses that it was given, and makes each node it finds anew. It
 * forgets the node that it had at the same address with its connections open, which are made again whenever they are lost,
 * also after the client is shut down: they keep a program from ending.
 */
export const closeForgottenNodes = (client: Client): void => {
  client.on("hostRemove", (host: unknown) => {
    if (hasPool(host)) host.shutdown(true)
  })
}

const hasRefresh = (control: unknown): control is ControlConnection =>
  typeof control === "object" && control !== null && "_refresh" in control && typeof control._refresh === "function"

/**
 * Keeps a client's loss of its node from ending the whole program.
 *
 * **Details**
 *
 * When the driver loses the connection by which it learns of the nodes, it looks for another, and may begin to do so twice
 * at once: then the second looking takes the first one's connection away, and that fails where nobody awaits it, which ends
 * a Node process (NODEJS-681). Here whoever begins a second looking is given the first; the driver's own repetition, which
 * goes on with the hosts that are left, passes. A looking that fails nevertheless is logged as the driver's other failures
 * are, and begun again after `againMs`. A driver whose parts have other names is left as it is.
 */
export const lookForNodesOnce = (client: Client, againMs: number): void => {
  const control: unknown = Reflect.get(client, "controlConnection")
  if (!hasRefresh(control)) return
  const refresh = control._refresh.bind(control)
  let looking: Promise<void> | undefined
  const failed = (cause: unknown): void => {
    client.emit("log", "error", "ControlConnection", "Looking for nodes failed", String(cause))
    setTimeout(() => void control._refresh(), againMs).unref()
  }
  const look = async (): Promise<void> => {
    try {
      await refresh()
    } catch (cause) {
      failed(cause)
    } finally {
      looking = undefined
    }
  }
  control._refresh = (hosts) => (hosts === undefined ? (looking ??= look()) : refresh(hosts))
}
