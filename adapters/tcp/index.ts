export * from "./TcpNetwork.ts"
export * from "./TlsNetwork.ts"
