import { randomUUID } from 'node:crypto';
import { registerUser } from '../../src/domain/account/decide.js';
import type { EventToAppend } from '../../src/event-store/event-store.js';
import { DAY, FamilyHistory, SECOND } from './family-history.js';

/** An event of a stream, ready to be appended. */
export interface StreamEvent {
  readonly stream: string;
  readonly event: EventToAppend;
}

/** The life of one user with one device, as events of both streams: `steps` choose what happens. */
export function userHistory(steps: readonly number[]): StreamEvent[] {
  const device = new FamilyHistory();
  const userId = randomUUID();
  const events: StreamEvent[] = [];
  const add = (stream: string, type: string, data: object): void => {
    const metadata = {
      schemaVersion: 1,
      occurredAt: device.now,
      correlationId: 'test',
      causationId: 'test',
      actor: { kind: 'system' },
    } as const;
    // The history’s ids are the same for everybody: here each user has their own.
    const own = JSON.parse(
      JSON.stringify(data).replaceAll('"ursula"', JSON.stringify(userId)).replaceAll('"sid-', `"${userId}-sid-`),
    ) as object;
    events.push({ stream, event: { id: randomUUID(), type, data: own, metadata } });
  };
  const device_ = `token-${userId}.desk`;
  const registered = registerUser({ userId: 'ursula', email: 'e', name: null, passwordHash: 'h', roles: ['user'] });
  add(`user-${userId}`, registered.type, registered.data);
  const taken = (): void => {
    for (const { type, data } of device.events.slice(seen)) add(device_, type, data);
    seen = device.events.length;
  };
  let seen = 0;
  device.signIn();
  taken();
  for (const step of steps) {
    device.wait(SECOND);
    if (step % 7 === 0) device.signIn();
    else if (step % 7 === 1) device.revoke(device.held.sid);
    else if (step % 7 === 2) {
      device.wait(8 * DAY);
      device.expire(device.held.sid);
    } else if (step % 7 === 3) {
      device.revokeAll(step % 2 === 0 ? null : { sid: device.held.sid, epoch: device.state!.epoch });
      add(`user-${userId}`, 'AllTokensRevoked', device.account);
    } else device.present(device.held);
    taken();
  }
  return events;
}
