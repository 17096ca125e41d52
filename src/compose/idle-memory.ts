import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { loopUtilization } from '../security/busy-loop.js';

/** Collects new objects alone; everything, without options. */
type Collect = (options?: { readonly type: 'minor' }) => void;

const LOOK_EVERY_MS = 3_000;
/** Below this part of its time a process does nothing but what its timers ask for. */
const IDLE_UTILIZATION = 0.05;
/** What is collected in the first idle moments, one after another. */
const COLLECTIONS = ['new', 'new', 'all', 'pages'] as const;

/**
 * Gives back what a busy time has taken, of which the start is one. V8 keeps the space for new objects (32 MB) as large as it was
 * needed until it collects again after some seconds of little allocation, and a process that does nothing never does. So in the first
 * idle seconds new objects are collected, some milliseconds each time; then everything, and at last once more with what is left moved
 * together, so that pages become free: some 30 milliseconds each, and another 7 MB. V8 does that by itself sometimes, and sometimes not.
 * Returns how to stop that.
 */
export function releaseIdleMemory(): () => void {
  const collect = collection();
  const utilization = loopUtilization();
  let next = 0;
  const timer = setInterval(() => {
    const what = COLLECTIONS[next];
    if (utilization() > IDLE_UTILIZATION) next = 0;
    else if (what !== undefined) {
      next += 1;
      collect(what);
    }
  }, LOOK_EVERY_MS).unref();
  return () => clearInterval(timer);
}

/** V8's own collection, which Node shows only to who asks for it by a flag. */
function collection(): (what: (typeof COLLECTIONS)[number]) => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as Collect;
  setFlagsFromString('--no-expose-gc');
  return (what) => {
    if (what === 'new') {
      collect({ type: 'minor' });
      return;
    }
    // Which pages hold little is known from the collection before.
    if (what === 'pages') setFlagsFromString('--optimize-for-size');
    collect();
    setFlagsFromString('--no-optimize-for-size');
  };
}
