import { StoreUnavailableError } from '../../src/domain/unavailable.js';

/** Whether a store is down. */
export interface Outage {
  down: boolean;
}

const METHODS = [
  'append',
  'readStream',
  'readAll',
  'checkpoint',
  'load',
  'apply',
  'session',
  'activeSessionsOf',
  'countActiveSessionsOf',
  'account',
  'accounts',
  'sessionsEnding',
  'deviceStream',
  'deviceStreamsOf',
  'suspectStreams',
  'scan',
  'create',
  'get',
  'ping',
];

/** Lets a store that runs be down at will: it then rejects as its port says, whatever it is asked. */
export function cutOff(store: object, name: StoreUnavailableError['store']): Outage {
  const outage = { down: false };
  for (const method of METHODS) {
    const original: unknown = Reflect.get(store, method);
    if (typeof original !== 'function') continue;
    const value = (...parameters: unknown[]): unknown =>
      outage.down ? Promise.reject(new StoreUnavailableError(name, 'cut off')) : Reflect.apply(original, store, parameters);
    Object.defineProperty(store, method, { value });
  }
  return outage;
}
