import { streamName } from '../../src/domain/streams.js';
import type { LogEvent } from '../../src/event-store/event-log.js';
import type { RunningApp } from './running-app.js';

/** The whole log of a running application, oldest first. */
export async function wholeLog({ application }: Pick<RunningApp, 'application'>): Promise<readonly LogEvent[]> {
  const { events } = await application.eventLog.readAll({ maxCount: 10_000 });
  return events;
}

/** The events of a user's own stream: types and actors, oldest first. */
export async function userEvents(app: Pick<RunningApp, 'application'>, userId: string): Promise<[string, string][]> {
  const events = await wholeLog(app);
  return events
    .filter(({ stream }) => streamName(stream) === `user-${userId}`)
    .map(({ event, actor }) => [event.type, actor]);
}

/** The newest code of a kind that a user was sent, as the mailer makes it. */
export async function newestCode(
  app: Pick<RunningApp, 'application'>,
  userId: string,
  type: 'PasswordResetRequested' | 'EmailVerificationRequested',
): Promise<string> {
  const events = await wholeLog(app);
  const request = events.findLast(({ stream, event }) => event.type === type && streamName(stream) === `user-${userId}`);
  if (request?.event.type !== type) throw new Error(`no ${type}`);
  const code = app.application.context.mailCodes.again(userId, request.id, request.event.data.codeHash);
  if (code === null) throw new Error('the code cannot be made again');
  return code;
}
