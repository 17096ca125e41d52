import { performance, type EventLoopUtilization } from 'node:perf_hooks';

const LOOK_EVERY_MS = 100;
/** From this part of its time on the event loop is busy. Waiting for a processor counts: the loop wants one then. */
const BUSY_UTILIZATION = 0.5;

/** Each call: the part of the time since the one before, 0 to 1, in which the event loop of this thread did not wait for events. */
export function loopUtilization(): () => number {
  let before: EventLoopUtilization = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    return utilization;
  };
}

/** Each call: whether the event loop of this thread was busy between the last two looks at it, a tenth of a second apart or more. */
export function busyLoop(): () => boolean {
  const utilization = loopUtilization();
  let lookedAt = performance.now();
  let isBusy = false;
  return () => {
    const now = performance.now();
    if (now - lookedAt >= LOOK_EVERY_MS) {
      isBusy = utilization() >= BUSY_UTILIZATION;
      lookedAt = now;
    }
    return isBusy;
  };
}
