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

/** From here on a step is one of a second device. */
const STEPS_A_DEVICE = 45;

/** A device of a user, and how much of its stream is in the history. */
interface OwnDevice {
  readonly stream: StreamId;
  readonly families: OwnFamilies;
  seen: number;
  /** A token that was shown before. */
  former: ReturnType<OwnFamilies['signIn']> | null;
}

/**
 * The life of one user with one device, or with two if a step is 45 or more, as events of the streams in order: `steps` choose what
 * happens. Each step has a client and device name of its own.
 */
export function userHistory(steps: readonly number[]): StreamEvent[] {
  const userId = randomUUID();
  const devices = [0, 1].map((): OwnDevice => {
    const stream = tokenStream(userId, randomUUID());
    return { stream, families: new OwnFamilies(), seen: 0, former: null };
  });
  const [first, second] = devices as [OwnDevice, OwnDevice];
  const events: StreamEvent[] = [];
  const ofDevice = (device: OwnDevice): void => {
    const { stream, families } = device;
    for (const event of families.events.slice(device.seen)) events.push({ stream, occurredAt: families.now, event });
    device.seen = families.events.length;
  };
  const ofUser = (now: Instant, ...happened: readonly AccountEvent[]): void => {
    for (const event of happened) {
      events.push({ stream: userStream(userId), occurredAt: now, event });
      for (const { families } of devices) families.setAccount(accountOf(event));
    }
  };
  const registered = registerUser({ email: 'sealed', name: 'sealed', emailKey: 'k'.repeat(43), passwordHash: 'sealed' });
  ofUser(first.families.now, registered);
  first.families.signIn({ deviceName: 'sealed' });
  ofDevice(first);
  let { now } = first.families;
  for (const [index, step] of steps.entries()) {
    const device = step < STEPS_A_DEVICE ? first : second;
    now += SECOND;
    for (const { families } of devices) families.now = now;
    device.families.signInClient = `${index} signed in`;
    device.families.client = `${index} refreshed`;
    happen(device, step, (...happened) => ofUser(device.families.now, ...happened));
    ofDevice(device);
    now = device.families.now;
  }
  return events;
}

function happen(own: OwnDevice, step: number, ofUser: (...happened: readonly AccountEvent[]) => void): void {
  const { families: device } = own;
  const deviceName = step % 2 === 0 ? null : `name at ${device.now}`;
  const signIn = (): unknown => device.account.status === 'active' && device.signIn({ tag: 'b25l', deviceName });
  if (device.state === null) {
    signIn();
    return;
  }
  const { sid, epoch } = device.family;
  own.former ??= device.held;
  const { former } = own;
  const choices: readonly (() => unknown)[] = [
    signIn,
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
    () => device.rename(sid, deviceName),
    () => {
      own.former = device.held;
      device.present(own.former, { tag: 'b25l' });
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
