import type { ErasedUser } from '../../src/processors/erase-user.js';
import type { Eraser } from '../../src/processors/eraser.js';
import { taken, type Place } from '../../src/processors/processor.js';
import type { SignedIn } from './admin.js';
import { wholeLog } from './log-reader.js';
import { startApp } from './every-back-end.js';
import type { RunningApp } from './running-app.js';

/** An application whose eraser runs only when a test runs it. */
export function startAppThatErasesNobody(): Promise<RunningApp> {
  return startApp({ prepare: ({ processing }) => void (processing.eraser.start = () => undefined) });
}

/** Appends `UserErased`; the rest is the eraser's. */
export async function askToErase(app: RunningApp, { userId }: Pick<SignedIn, 'userId'>): Promise<void> {
  await app.application.http.admin.erase({ userId, by: 'operator:test', source: { correlationId: 'test' } });
}

/** One start of a processor: from its place to the end of the log. */
export async function runOnce(app: RunningApp, processor: Eraser): Promise<Place> {
  const place = await processor.from();
  const events = (await wholeLog(app)).filter(({ position }) => position > (place.after ?? ''));
  const last = events.at(-1);
  if (last === undefined) return place;
  const lastEvent = { position: last.position, eventId: last.id };
  await processor.handle({ events: taken(events, processor.takes), position: last.position, lastEvent });
  return place;
}

/** What is left of somebody; `ERASED` once nothing is. */
export async function leftOf({ application }: RunningApp, { userId, email, pair }: SignedIn): Promise<unknown> {
  const { stores, context } = application;
  const [claim] = await context.eventLog.readStream(
    { kind: 'email', key: context.emailKey(email) },
    { direction: 'backwards', maxCount: 1 },
  );
  return {
    key: await stores.keyStore.get(userId),
    address: claim?.event.type,
    session: await stores.readModel.session(pair.session_id),
    account: (await stores.readModel.account(userId))?.status,
  };
}

export const ERASED = { key: 'destroyed', address: 'EmailReleased', session: null, account: 'erased' };

/** Whom the log says that was erased last, as the eraser takes it. */
export async function lastErased(app: RunningApp): Promise<ErasedUser> {
  const erased = (await wholeLog(app)).findLast(({ event }) => event.type === 'UserErased');
  if (erased?.event.type !== 'UserErased' || erased.stream.kind !== 'user') throw new Error('nobody was erased');
  return { userId: erased.stream.userId, emailKey: erased.event.data.emailKey, correlationId: erased.correlationId };
}
