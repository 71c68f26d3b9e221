/** The part of kafkajs's request queue that its busy loop is in; the package publishes no types for it. */
declare module "kafkajs/src/network/requestQueue/index.js" {
  interface RequestQueue {
    readonly pending: ReadonlyArray<unknown>
    readonly throttledUntil: number
    scheduleCheckPendingRequests(): void
  }
  const RequestQueue: { readonly prototype: RequestQueue }
  export default RequestQueue
}
