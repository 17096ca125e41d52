import { performance, type EventLoopUtilization } from 'node:perf_hooks';

const LOOK_EVERY_MS = 100;
/** From this part of its time on the event loop is busy. Waiting for a processor counts: the loop wants one then. */
const BUSY_UTILIZATION = 0.5;

/** Tells whether the event loop of this thread has been busy since it was asked last, a tenth of a second ago or more. */
export function busyLoop(): () => boolean {
  let before: EventLoopUtilization = performance.eventLoopUtilization();
  let lookedAt = performance.now();
  let isBusy = false;
  return () => {
    const now = performance.now();
    if (now - lookedAt >= LOOK_EVERY_MS) {
      const sum = performance.eventLoopUtilization();
      isBusy = performance.eventLoopUtilization(sum, before).utilization >= BUSY_UTILIZATION;
      before = sum;
      lookedAt = now;
    }
    return isBusy;
  };
}
