import { scheduleJob } from 'node-schedule';

/** The next instant of a cron expression after now, by the wall clock; null if it is no expression. The configuration refuses dates. */
export function nextByCron(expression: string): number | null {
  // A job is planned and given up at once: the library's own timer would catch up with a clock that has jumped, run by run.
  const job = scheduleJob(expression, () => undefined) as ReturnType<typeof scheduleJob> | null;
  if (job === null) return null;
  const next = job.nextInvocation()?.getTime() ?? null;
  job.cancel();
  return next;
}
