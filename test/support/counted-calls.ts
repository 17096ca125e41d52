import type { EventStore } from '../../src/event-store/event-store.js';
import type { AppOptions, RunningApp } from './running-app.js';

/** An application that counts what it asks its event store for, as `read backwards 1` or `append 2`. */
export interface CountingApp {
  readonly app: RunningApp;
  /** What was asked for while something was done. */
  readonly during: (act: () => Promise<unknown>) => Promise<readonly string[]>;
}

export async function startCounting(
  startApp: (options: AppOptions) => Promise<RunningApp>,
  env: Readonly<Record<string, string>> = {},
): Promise<CountingApp> {
  const calls: string[] = [];
  const app = await startApp({
    // Without the processors that append on their own, when they get to it.
    env: { ROLES: 'http,projector', ...env },
    prepare: ({ stores: { eventStore } }) => {
      const [append, readStream] = [eventStore.append.bind(eventStore), eventStore.readStream.bind(eventStore)];
      eventStore.append = (...args: Parameters<EventStore['append']>) => {
        calls.push(`append ${args[1].length}`);
        return append(...args);
      };
      eventStore.readStream = (...args: Parameters<EventStore['readStream']>) => {
        calls.push(`read ${args[1]?.direction ?? 'forwards'} ${args[1]?.maxCount ?? 'all'}`);
        return readStream(...args);
      };
    },
  });
  const during = async (act: () => Promise<unknown>): Promise<readonly string[]> => {
    calls.length = 0;
    await act();
    return [...calls];
  };
  return { app, during };
}
