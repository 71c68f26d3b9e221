import type { ServiceName, Services } from "./Service.ts"

/** Where a server is made: its own folder, the ports chosen for its uses, and the certificates of all. */
export interface Place<Use extends string> {
  readonly folder: string
  readonly ports: Readonly<Record<Use, number>>
  /** Makes the certificates of all at the first call. */
  readonly certificates: () => Promise<Certificates>
}

/** Files of one self-made authority, and of a server that it vouches for by the names of this machine. */
export interface Certificates {
  readonly ca: string
  readonly certificate: string
  readonly key: string
  /** Key and certificate in a PKCS #12 store, under `password`. */
  readonly store: string
  readonly password: string
}

/** A process to be started, and how one finds that it has become a server. */
export interface Launch<Name extends ServiceName> {
  readonly command: string
  readonly args: ReadonlyArray<string>
  readonly cwd: string
  /** Whom the process runs as, where that is somebody else. */
  readonly owner?: Owner
  /** The signal that ends it in order. */
  readonly stopSignal: "SIGTERM" | "SIGINT"
  readonly version: string
  /** Folders that are of no use once it has ended. */
  readonly data: ReadonlyArray<string>
  readonly service: Services[Name]
}

/** How a process is started again with what it kept. */
export type Again = Pick<Launch<ServiceName>, "command" | "args" | "cwd" | "owner">

/** A user of this machine. */
export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** How a server is made. Everything that cannot be had fails with `Unavailable`. */
export interface Recipe<Name extends ServiceName, Use extends string = string> {
  readonly name: Name
  /** The port for each use, if it is free. */
  readonly ports: Readonly<Record<Use, number>>
  /** Gets what is needed once, before ports are chosen; it may take minutes. */
  readonly fetch: (folder: string) => Promise<void>
  /** Makes a fresh server's files, and tells how it is started. */
  readonly configure: (place: Place<Use>) => Promise<Launch<Name>>
  /** Sends one real request; fails as long as there is no answer to it. */
  readonly ask: (service: Services[Name]) => Promise<void>
}
