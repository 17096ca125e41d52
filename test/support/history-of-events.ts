import { randomUUID } from 'node:crypto';
import { disableUser, enableUser, grantRole, registerUser, revokeAllTokens } from '../../src/domain/account/decide.js';
import { accountOf } from '../../src/domain/account/state.js';
import type { AccountEvent } from '../../src/domain/account/events.js';
import { tokenStream, userStream, streamName, type StreamId } from '../../src/domain/streams.js';
import type { DomainEvent } from '../../src/domain/event.js';
import type { Instant } from '../../src/domain/instant.js';
import type { EventLog, LogEvent } from '../../src/event-store/event-log.js';
import { DAY, FamilyHistory, SECOND } from './family-history.js';

/** An event of a stream, ready to be appended. */
export interface StreamEvent {
  readonly stream: StreamId;
  readonly occurredAt: Instant;
  readonly event: DomainEvent;
}

class OwnFamilies extends FamilyHistory {
  override newId(): string {
    return randomUUID();
  }
}

/** The life of one user with one device, as events of both streams in order: `steps` choose what happens. */
export function userHistory(steps: readonly number[]): StreamEvent[] {
  const userId = randomUUID();
  const device = new OwnFamilies();
  const deviceStream = tokenStream(userId, randomUUID());
  const events: StreamEvent[] = [];
  let seen = 0;
  const ofDevice = (): void => {
    for (const event of device.events.slice(seen)) events.push({ stream: deviceStream, occurredAt: device.now, event });
    seen = device.events.length;
  };
  const ofUser = (...happened: readonly AccountEvent[]): void => {
    for (const event of happened) {
      events.push({ stream: userStream(userId), occurredAt: device.now, event });
      device.setAccount(accountOf(event));
    }
  };
  ofUser(registerUser({ email: 'sealed', name: 'sealed', emailKey: 'k'.repeat(43), passwordHash: 'sealed' }));
  device.signIn({ deviceName: 'sealed' });
  ofDevice();
  let former = device.held;
  for (const step of steps) {
    device.wait(SECOND);
    const { sid, epoch } = device.family;
    const choices: readonly (() => unknown)[] = [
      () => device.account.status === 'active' && device.signIn({ tag: 'b25l' }),
      () => device.revoke(sid),
      () => {
        device.wait(8 * DAY);
        device.expire(sid);
      },
      () => {
        const kept = step % 2 === 0 ? null : { sid, epoch };
        const revoked = revokeAllTokens(device.account, { kept, reason: 'logout_all' });
        if (revoked !== null) ofUser(revoked);
      },
      () => device.rename(sid, step % 2 === 0 ? null : 'sealed'),
      () => {
        former = device.held;
        device.present(former, { tag: 'b25l' });
      },
      () => device.present(former, { tag: step % 2 === 0 ? 'b25l' : 'b3RoZXI' }),
      () => {
        const { status } = device.account;
        ofUser(...(status === 'active' ? disableUser : enableUser)(device.account, { note: null }));
      },
      () => {
        const granted = grantRole(device.account, { role: 'auditor' });
        if (granted !== null) ofUser(granted);
      },
    ];
    choices[step % choices.length]!();
    ofDevice();
  }
  return events;
}

/** Appends events to the log, each stream from its present end on, and resolves to the whole log. */
export async function append(log: EventLog, events: readonly StreamEvent[]): Promise<readonly LogEvent[]> {
  const ends = new Map<string, number | null>();
  for (const { stream, occurredAt, event } of events) {
    const name = streamName(stream);
    const end = ends.has(name) ? ends.get(name)! : ((await log.readNewest(stream))?.revision ?? null);
    const next = { id: randomUUID(), occurredAt, actor: 'system', correlationId: 'test', event } as const;
    const { revision } = await log.append(stream, [next as never], end ?? 'no_stream');
    ends.set(name, revision);
  }
  return wholeLog(log);
}

/** All events of ours, oldest first. */
export async function wholeLog(log: Pick<EventLog, 'readAll'>): Promise<readonly LogEvent[]> {
  const events: LogEvent[] = [];
  for (let after = {}; ;) {
    const page = await log.readAll(after);
    events.push(...page.events);
    if (page.isEnd) return events;
    after = { after: page.position };
  }
}
