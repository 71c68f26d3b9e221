import type { Setting, Settings } from "./Settings.ts"

/** The settings of `odradek broker`. */
export const brokerSettings = ["listen", "advertise", "data", "fsync", "fsyncInterval", "partitions"] as const

/** The settings of every command that talks to a cluster. */
export const clusterSettings = [
  "brokers",
  "tls",
  "tlsAuthority",
  "tlsCertificate",
  "tlsKey",
  "sasl",
  "username",
  "passwordFile"
] as const

/** The settings of `odradek replicator`. */
export const replicatorSettings = [...clusterSettings, "topics", "store", "group", "metrics", "otlp"] as const

/** The settings of `odradek lambda`. */
export const lambdaSettings = [...clusterSettings, "topics", "group"] as const

/** The settings of a command that looks into a store, or fills one. */
export const storeSettings = [...clusterSettings, "topics", "store"] as const

/** The settings of `odradek doctor`. */
export const doctorSettings = [...clusterSettings, "topics", "group", "store", "client"] as const

/** The settings of `odradek chain`. */
export const chainSettings = [
  "nodeId",
  "peers",
  "cluster",
  "listen",
  "data",
  "http",
  "tlsCertificate",
  "tlsKey",
  "tlsAuthority"
] as const

/** The settings of `odradek journal`. */
export const journalSettings = [...clusterSettings, "store", "client", "compression"] as const

/** Where `odradek http` listens when it is told nothing else. */
export const defaultHttpAddress = "127.0.0.1:8080"

/** The settings of `odradek http`. */
export const httpSettings = [
  ...journalSettings,
  "topics",
  "listen",
  "httpCertificate",
  "httpKey",
  "httpAuthority",
  "tokensFile"
] as const

/** The settings that a command has from its list. */
export type SettingsOf<List extends ReadonlyArray<Setting>> = Pick<Settings, List[number]>
