export * from "./TcpNetwork.ts"
