import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { whatIf, type WhatIf } from '../../src/audit/what-if.js';
import type { UserAuditContext } from '../../src/audit/context.js';
import { registerUser } from '../../src/domain/account/decide.js';
import { tokenStream, userStream } from '../../src/domain/streams.js';
import type { Lifetimes } from '../../src/domain/token-family/policy.js';
import { readable } from '../support/audit-context.js';
import { withEmbeddedLog, type EmbeddedLog } from '../support/embedded-log.js';
import { DAY, FamilyHistory, SECOND } from '../support/family-history.js';
import { append, userHistory, type StreamEvent } from '../support/history-of-events.js';
import { randomUUID } from 'node:crypto';

let stores: EmbeddedLog['stores'];
let log: EmbeddedLog['log'];
withEmbeddedLog((opened) => ({ stores, log } = opened));

/** Addresses that differ each time: who shows an old token is then taken for somebody else. */
function context(): UserAuditContext {
  let count = 0;
  const open = (): Promise<string> =>
    Promise.resolve(JSON.stringify({ ip: `192.0.2.${(count += 1)}`, userAgent: 'agent' }));
  return { ...readable(log, stores.readModel), sealing: { open } };
}

async function answered(change: Partial<Lifetimes>, of = context()): Promise<WhatIf[]> {
  const found: WhatIf[] = [];
  for await (const one of whatIf(of, change)) found.push(one);
  return found;
}

class OwnHistory extends FamilyHistory {
  readonly #userId = randomUUID();
  readonly #stream = tokenStream(this.#userId, randomUUID());
  readonly all: StreamEvent[] = [
    {
      stream: userStream(this.#userId),
      occurredAt: this.now,
      event: registerUser({ email: 'sealed', name: null, emailKey: 'k'.repeat(43), passwordHash: 'sealed' }),
    },
  ];

  override newId(): string {
    return randomUUID();
  }

  /** Notes what has happened since. */
  note(): void {
    for (const event of this.events.slice(this.all.length - 1))
      this.all.push({ stream: this.#stream, occurredAt: this.now, event });
  }
}

/** A sign-in, renewals a day apart, and a retry five seconds after the last: with its key, or without one. */
async function lived(attempt: string | null): Promise<void> {
  const history = new OwnHistory();
  history.signIn({ tag: 'dGFn' });
  history.note();
  for (let day = 1; day <= 3; day += 1) {
    history.wait(DAY);
    history.rotate(history.held, { tag: 'dGFn' });
    history.note();
  }
  history.wait(DAY);
  const shown = history.held;
  history.rotate(shown, { tag: 'dGFn', attempt });
  history.note();
  history.wait(5 * SECOND);
  expect(history.present(shown, { tag: 'dGFn', attempt }).outcome).toBe('redelivered');
  history.note();
  await append(log, history.all);
}

describe('what another policy would have answered', () => {
  it('is what was answered, if the policy is the same, over random histories', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 80 }), { maxLength: 30 }), async (steps) => {
        await append(log, userHistory(steps));
        expect(await answered({})).toEqual([]);
      }),
      { numRuns: 12 },
    );
  });

  it('a shorter idle time refuses the first renewal after it, and the session is over then', async () => {
    await lived(null);
    expect(await answered({ idleMs: DAY / 2 })).toMatchObject([{ generation: 0, was: 'rotated', would_be: 'expired' }]);
    expect(await answered({ idleMs: 2 * DAY })).toEqual([]);
  });

  it('a shorter longest time refuses the first renewal beyond it', async () => {
    await lived(null);
    expect(await answered({ absoluteMs: 2.5 * DAY })).toMatchObject([
      { generation: 2, was: 'rotated', would_be: 'expired' },
    ]);
  });

  it('a shorter grace takes a late retry for theft, but never one that has its key', async () => {
    await lived(null);
    expect(await answered({ graceMs: SECOND })).toMatchObject([{ generation: 3, was: 'redelivered', would_be: 'reused' }]);
    expect(await answered({ graceMs: 6 * SECOND })).toEqual([]);
  });

  it('a retry with its key is answered whatever the grace', async () => {
    await lived('a2V5');
    expect(await answered({ graceMs: 0 })).toEqual([]);
  });

  it('a longer grace would have answered a retry that came too late', async () => {
    const history = new OwnHistory();
    history.signIn({ tag: 'dGFn' });
    history.note();
    const shown = history.held;
    history.rotate(shown, { tag: 'dGFn' });
    history.note();
    history.wait(60 * SECOND);
    expect(history.present(shown, { tag: 'dGFn' }).outcome).toBe('reused');
    history.note();
    await append(log, history.all);
    const sameClient = readable(log, stores.readModel);
    expect(await answered({ graceMs: 90 * SECOND }, sameClient)).toMatchObject([
      { was: 'reused', would_be: 'redelivered' },
    ]);
    expect(await answered({ graceMs: 90 * SECOND })).toMatchObject([{ was: 'reused', would_be: 'contested' }]);
    expect(await answered({}, sameClient)).toEqual([]);
  });
});
