import { createServer } from "node:net"
import { host } from "./Service.ts"

/** Looks at the ports of this machine. */
export interface PortProbe {
  readonly isFree: (port: number) => Promise<boolean>
  /** Any port that is free. */
  readonly free: () => Promise<number>
}

/** Opens a port and closes it again: gives its number, or nothing where it is taken. */
const tryPort = (port: number): Promise<number | undefined> =>
  new Promise((settle) => {
    const server = createServer()
    server.once("error", () => settle(undefined))
    server.listen(port, host, () => {
      const bound = server.address()
      server.close(() => settle(bound !== null && typeof bound === "object" ? bound.port : undefined))
    })
  })

/** Finds out by listening. */
export const systemPorts: PortProbe = {
  isFree: async (port) => (await tryPort(port)) !== undefined,
  free: async () => {
    const port = await tryPort(0)
    if (port === undefined) throw new Error(`No port of ${host} can be listened at: see what the system forbids.`)
    return port
  }
}

/**
 * Chooses a port for each use: the wanted one if it is free, else any other.
 *
 * **Details**
 *
 * `claimed` are the ports chosen before, by servers that do not listen yet; those chosen now are added.
 */
export const choosePorts = async <Use extends string>(
  wanted: Readonly<Record<Use, number>>,
  claimed: Set<number>,
  probe: PortProbe
): Promise<Readonly<Record<Use, number>>> => {
  const chosen: Record<Use, number> = { ...wanted }
  for (const use in wanted) {
    let found = wanted[use]
    for (let tries = 0; claimed.has(found) || !(await probe.isFree(found)); tries += 1) {
      if (tries === 100) throw new Error(`No free port was found for ${use}: end what listens on this machine.`)
      found = await probe.free()
    }
    claimed.add(found)
    chosen[use] = found
  }
  return chosen
}
