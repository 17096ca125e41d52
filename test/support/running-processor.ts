import { setTimeout as sleep } from 'node:timers/promises';
import type { EventLog } from '../../src/event-store/event-log.js';
import { LogHub } from '../../src/processors/log-hub.js';
import type { Processor } from '../../src/processors/processor.js';
import { ProcessorRunner, type ProcessorRunnerOptions } from '../../src/processors/processor-runner.js';
import type { ProcessorState, ProcessorStatus } from '../../src/processors/processor-status.js';

/** A processor that runs over a log, with a hub of its own, and what was said of its state. */
export interface RunningProcessor {
  readonly hub: LogHub;
  readonly states: readonly ProcessorStatus[];
  status(): ProcessorStatus;
  /** Resolves once it is in a state. */
  reaches(state: ProcessorState): Promise<ProcessorStatus>;
  /** Resolves once it has handled the log up to a position. */
  reachesPosition(position: string): Promise<void>;
  stop(): Promise<void>;
}

export function run(
  processor: Processor,
  log: Pick<EventLog, 'follow' | 'end'>,
  options: Partial<ProcessorRunnerOptions> = {},
): RunningProcessor {
  const states: ProcessorStatus[] = [];
  const onDefect = (error: unknown): never => {
    throw error;
  };
  const hub = new LogHub({ log, onDefect, refusedRetryMs: 50 });
  const runner = new ProcessorRunner({
    ...{ processor, hub, failedRetryMs: 50 },
    onStateChange: (status) => states.push(status),
    ...options,
  });
  hub.start();
  runner.start();
  const until = async (reached: () => boolean): Promise<void> => {
    while (!reached()) await sleep(2);
  };
  return {
    hub,
    states,
    status: () => runner.status(),
    reaches: async (state) => {
      await until(() => runner.status().state === state);
      return runner.status();
    },
    reachesPosition: (position) => until(() => (runner.status().checkpoint ?? '') >= position),
    stop: async () => {
      await runner.stop();
      await hub.stop();
    },
  };
}
