export * from "./PlatformaticLog.ts"
export * from "./PlatformaticSetupError.ts"
export * from "./PlatformaticVersions.ts"
