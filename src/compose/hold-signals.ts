const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Lets a signal that ends this process wait until some work is over, however that ends; a second signal waits for nothing. For what takes
 * moments and would be half done otherwise.
 */
export function holdSignals(work: Promise<unknown>): void {
  let caught: NodeJS.Signals | null = null;
  const hold = (signal: NodeJS.Signals): void => void (caught = signal);
  for (const signal of ENDING) process.once(signal, hold);
  const over = (): void => {
    for (const signal of ENDING) process.off(signal, hold);
    // Nobody else handles it: the process ends by it, as its parent expects.
    if (caught !== null) process.kill(process.pid, caught);
  };
  work.then(over, over);
}
