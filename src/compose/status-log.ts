import type { Logger } from 'pino';
import type { ProcessorStatus } from '../processors/processor-status.js';

/** Says in the process's log what became of a processor. */
export function logStatus(
  log: Logger,
  name: string,
  { state, failure, waitingFor }: ProcessorStatus,
  error: unknown,
): void {
  const level = state === 'failed' || state === 'refused' ? 'error' : state === 'waiting' ? 'warn' : 'info';
  // The message of a foreign error may quote data: only a store's is shown.
  log[level]({ state, failure, waitingFor, err: state === 'waiting' ? error : undefined }, name);
}
