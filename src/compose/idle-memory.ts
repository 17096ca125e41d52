import { performance, type EventLoopUtilization } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Collects new objects alone; everything, without options. */
type Collect = (options?: { readonly type: 'minor' }) => void;

const LOOK_EVERY_MS = 3_000;
/** Below this part of its time a process does nothing but what its timers ask for. */
const IDLE_UTILIZATION = 0.05;
// V8 shrinks the space of new objects at a collection that follows some seconds of little allocation.
const COLLECTIONS = 4;

/**
 * Gives back what a busy time has taken, of which the start is one. V8 keeps the space for new objects (32 MB) as large as it was
 * needed until it collects again, and a process that does nothing never does. A few collections of new objects alone, some
 * milliseconds each, in the first idle seconds; then one of everything, some 20 milliseconds, after which V8 goes on by itself in
 * small steps until nothing is left to give back (7 MB). Returns how to stop that.
 */
export function releaseIdleMemory(): () => void {
  const collect = collection();
  let before: EventLoopUtilization = performance.eventLoopUtilization();
  let left = COLLECTIONS;
  const timer = setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    if (utilization > IDLE_UTILIZATION) left = COLLECTIONS;
    else if (left > 0) {
      left -= 1;
      if (left > 0) collect({ type: 'minor' });
      else collect();
    }
  }, LOOK_EVERY_MS).unref();
  return () => clearInterval(timer);
}

/** V8's own collection, which Node shows only to who asks for it by a flag. */
function collection(): Collect {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as Collect;
  setFlagsFromString('--no-expose-gc');
  return collect;
}
