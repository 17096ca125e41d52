import type { EventStore } from '../../src/event-store/event-store.js';
import type { RunningApp } from './running-app.js';

/** Does something, but `between` before its read of that number; false if it reads less. */
export async function interrupted(
  { application }: Pick<RunningApp, 'application'>,
  read: number,
  act: () => Promise<unknown>,
  between: () => Promise<unknown>,
): Promise<boolean> {
  const { eventStore } = application.stores;
  const readStream = eventStore.readStream.bind(eventStore);
  let reads = 0;
  eventStore.readStream = async (...args: Parameters<EventStore['readStream']>) => {
    reads += 1;
    if (reads === read) {
      eventStore.readStream = readStream;
      await between();
    }
    return readStream(...args);
  };
  await act();
  eventStore.readStream = readStream;
  return reads >= read;
}
