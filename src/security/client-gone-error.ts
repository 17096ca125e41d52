/** The client hung up before its work began, so nothing was done. Nobody is there to be answered. */
export class ClientGoneError extends Error {
  /** As `fetch` and timers name it, so that a check for an abort finds it too. */
  override readonly name = 'AbortError';

  constructor() {
    super('the client has closed the connection');
  }
}
