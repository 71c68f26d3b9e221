/** A server cannot be had on this machine; `message` is one sentence that says why. */
export class Unavailable extends Error {}
