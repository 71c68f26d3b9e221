export * from "./TcpNetwork.ts"
export * from "./TlsClientNetwork.ts"
export * from "./TlsIdentity.ts"
export * from "./TlsNetwork.ts"
