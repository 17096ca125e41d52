/** What the lanes of the audit page are made of, without a browser: modules of public/ that only compute. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Theft } from '../../src/audit/theft.js';
import { theftWords } from '../../src/audit/theft-words.js';
import { wordsOf } from '../../src/audit/words.js';
import { AuditedUser } from '../support/audited-user.js';
import { BEGIN, fiveDevices } from '../support/audit-scenes.js';
import type { FakeEntry } from '../support/fake-audit.js';

interface Session {
  readonly sid: string;
  readonly end: number | null;
  readonly uses: readonly number[];
}
interface Lane {
  readonly name: string | null;
  readonly sessions: readonly Session[];
  readonly marks: readonly { readonly kind: string; readonly at: number }[];
}
interface Lanes {
  add(entries: readonly object[]): void;
  guessEnds(): void;
  lanes(): readonly Lane[];
}
interface Scale {
  readonly from: number;
  readonly to: number;
  readonly width: number;
}
interface Modules {
  laneBuilder(): Lanes;
  settleEnds(lanes: Lanes, now: object, stateAt: (position: string) => Promise<object>): Promise<void>;
  foldUses(uses: readonly number[], scale: Scale): readonly { readonly count: number; readonly x: number }[];
  foldMarks(marks: readonly object[], scale: Scale): readonly { readonly count: number; readonly x: number }[];
  ticksOf(from: number, to: number, atLeast: number): { readonly step: number; readonly ticks: readonly number[] };
  rowsOf(
    entries: readonly object[],
    options: object,
  ): readonly { readonly count: number; readonly entry: { type: string } }[];
  nameSaid(entry: object): string | null | undefined;
  isContested(entry: object): boolean;
  readonly VERDICTS: Readonly<Record<string, string>>;
  seenWords(theft: object): string;
}

const FOLDER = '../../../public/js/audit';
const HOUR = 3_600_000;
const FIREFOX = { ip: '192.0.2.1', user_agent: 'Firefox/144' };

let page: Modules;
beforeAll(async () => {
  // Words are the reader's; Node has no reader.
  Object.defineProperty(globalThis, 'navigator', { value: { languages: ['en-GB'] }, configurable: true });
  const names = ['lanes', 'settle-ends', 'fold', 'ticks', 'event-rows', 'said', 'theft-words'];
  const modules = await Promise.all(names.map((name) => import(`${FOLDER}/${name}.js`) as Promise<object>));
  page = Object.assign({}, ...modules) as Modules;
});

function lanesOf(user: AuditedUser): Lanes {
  const lanes = page.laneBuilder();
  lanes.add(user.audited.entries);
  lanes.guessEnds();
  return lanes;
}

describe('lanes', () => {
  it('are one a device, in the order of the first sign-ins, with the names of then', () => {
    const lanes = lanesOf(fiveDevices()).lanes();
    expect(lanes.map(({ name }) => name)).toEqual([
      'Laptop',
      'הטלפון של עדה',
      'Arbeitsunfähigkeitsbescheinigungsdrucker im Rindfleischetikettierungsamt',
      null,
      'Family tablet',
    ]);
    expect(lanes[0]!.marks.map(({ kind }) => kind)).toEqual(['begin', 'theft', 'end']);
    expect(lanes[3]!.marks.map(({ kind }) => kind)).toEqual(['begin', 'contested']);
    // Nobody ended it: it expired, which has a mark of its own.
    expect(lanes[1]!.marks.map(({ kind }) => kind)).toEqual(['begin', 'expired']);
    expect(lanes[1]!.sessions[0]!.end).toBe(BEGIN + 12.5 * 86_400_000);
  });

  it('say when a session ended: by its own event, by a sign-out everywhere, or by an expiry that is not noted', async () => {
    const user = new AuditedUser('ada@example.com', BEGIN);
    const [kept, ended, own, later] = [1, 2, 3, 4].map((hour) => user.signIn(BEGIN + hour * HOUR, `${hour}`, FIREFOX));
    user.end(BEGIN + 5 * HOUR, own!);
    user.endAll(BEGIN + 6 * HOUR, kept);
    user.endAll(BEGIN + 8 * HOUR, later);
    const expiring = user.signIn(BEGIN + 9 * HOUR, 'expiring', FIREFOX);
    const { entries, devicesAt } = user.audited;
    const lanes = lanesOf(user);
    const asked: string[] = [];
    await page.settleEnds(lanes, { devices: [] }, (position) => {
      asked.push(position);
      const at = Date.parse(entries.find((entry) => entry.position === position)!.occurred_at);
      return Promise.resolve({ devices: devicesAt(at) });
    });
    const ends = new Map(lanes.lanes().flatMap(({ sessions }) => sessions.map(({ sid, end }) => [sid, end])));
    expect(ends.get(own!)).toBe(BEGIN + 5 * HOUR);
    expect(ends.get(ended!)).toBe(BEGIN + 6 * HOUR);
    expect(ends.get(kept!)).toBe(BEGIN + 8 * HOUR);
    expect(ends.get(expiring)).toBe(BEGIN + 9 * HOUR + 7 * 24 * HOUR);
    // No question is asked twice.
    expect(new Set(asked).size).toBe(asked.length);
  });

  it('take the times as they are, also those of an instance whose clock is behind', () => {
    const lanes = page.laneBuilder();
    const user = new AuditedUser('ada@example.com', BEGIN);
    const sid = user.signIn(BEGIN + HOUR, null, FIREFOX);
    for (const hours of [2, 3, 4]) user.renew(BEGIN + hours * HOUR, sid);
    const [first, second, third, fourth, fifth] = user.audited.entries;
    lanes.add([
      first!,
      second!,
      { ...fifth!, position: third!.position },
      { ...third!, position: fifth!.position },
      fourth!,
    ]);
    expect(lanes.lanes()[0]!.sessions[0]!.uses).toEqual([2, 3, 4].map((hours) => BEGIN + hours * HOUR));
  });

  it('go on for what the server says is signed in', async () => {
    const user = new AuditedUser('ada@example.com', BEGIN);
    const sid = user.signIn(BEGIN + HOUR, null, FIREFOX);
    user.endAll(BEGIN + 2 * HOUR, sid);
    const lanes = lanesOf(user);
    const never = (): Promise<object> => Promise.reject(new Error('nothing is to be asked'));
    await page.settleEnds(lanes, { devices: [{ session_id: sid, expires_at: '' }] }, never);
    expect(lanes.lanes()[0]!.sessions[0]!.end).toBeNull();
  });
});

describe('folding', () => {
  const instants = fc
    .array(fc.integer({ min: 0, max: 10 * HOUR }), { maxLength: 3_000 })
    .map((all) => all.sort((a, b) => a - b));
  const scales = fc.record({
    from: fc.integer({ min: 0, max: 9 * HOUR }),
    length: fc.integer({ min: 10_000, max: 10 * HOUR }),
    width: fc.integer({ min: 200, max: 2_000 }),
  });

  it('counts each renewal in sight once, however many there are, and draws few', () => {
    fc.assert(
      fc.property(instants, scales, (uses, { from, length, width }) => {
        const scale = { from, to: from + length, width };
        const runs = page.foldUses(uses, scale);
        const seen = uses.filter((at) => at >= scale.from && at <= scale.to);
        const counted = runs.reduce((sum, { count }) => sum + count, 0);
        // The last part may reach beyond what is shown.
        const beyond = uses.filter((at) => at > scale.to).length;
        expect(counted).toBeGreaterThanOrEqual(seen.length);
        expect(counted).toBeLessThanOrEqual(seen.length + beyond);
        expect(runs.length).toBeLessThanOrEqual(width / 44 + 2);
        for (const { x } of runs) expect(x >= 0 && x <= width).toBe(true);
      }),
    );
  });

  it('draws marks of one kind that would cover each other as one, and loses none in sight', () => {
    fc.assert(
      fc.property(instants, scales, (all, { from, length, width }) => {
        const scale = { from, to: from + length, width };
        const drawn = page.foldMarks(
          all.map((at) => ({ kind: 'begin', at, words: '', sid: null })),
          scale,
        );
        const seen = all.filter((at) => at >= scale.from && at <= scale.to);
        expect(drawn.reduce((sum, { count }) => sum + count, 0)).toBe(seen.length);
        expect(drawn.length).toBeLessThanOrEqual(width / 9 + 1);
      }),
    );
  });
});

describe('the axis', () => {
  it('has ticks in order, within what is shown, as far from each other as asked, from seconds to centuries', () => {
    const begins = fc.integer({ min: Date.UTC(1990, 0), max: Date.UTC(2090, 0) });
    fc.assert(
      fc.property(
        begins,
        fc.double({ min: 4, max: 12, noNaN: true }),
        fc.integer({ min: 2, max: 20 }),
        (from, power, count) => {
          const length = Math.round(10 ** power);
          const { ticks } = page.ticksOf(from, from + length, length / count);
          expect(ticks.length).toBeLessThanOrEqual(count + 1);
          for (const [index, at] of ticks.entries()) {
            expect(at >= from && at <= from + length).toBe(true);
            // A month is 28 days at least, and a step in months is taken for 30 days each.
            if (index > 0) expect(at - ticks[index - 1]!).toBeGreaterThanOrEqual((length / count) * 0.93);
          }
        },
      ),
    );
  });

  it('stands on full hours, days, Mondays and months', () => {
    const day = 24 * HOUR;
    expect(page.ticksOf(BEGIN + 5, BEGIN + day, 3 * HOUR).ticks[0]).toBe(BEGIN + 3 * HOUR);
    expect(new Date(page.ticksOf(BEGIN, BEGIN + 40 * day, 5 * day).ticks[0]!).getUTCDay()).toBe(1);
    expect(page.ticksOf(BEGIN, BEGIN + 100 * day, 20 * day).ticks.map((at) => new Date(at).getUTCDate())).toEqual([
      1, 1, 1,
    ]);
  });
});

describe('the list', () => {
  it('is the log, but for renewals between two other events, which are one row', () => {
    const { entries } = fiveDevices().audited;
    const all = { from: 0, to: Infinity };
    const rows = page.rowsOf(entries, { ...all, eachRenewal: false });
    expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(entries.length);
    const notable = (list: readonly FakeEntry[]): string[] =>
      list.map(({ type }) => type).filter((type) => type !== 'TokenRotated');
    expect(rows.map(({ entry }) => entry.type).filter((type) => type !== 'TokenRotated')).toEqual(notable(entries));
    expect(page.rowsOf(entries, { ...all, eachRenewal: true })).toHaveLength(entries.length);
    expect(page.rowsOf(entries, { from: BEGIN, to: BEGIN + 60_000, eachRenewal: false })).toHaveLength(2);
  });
});

describe('the words of the server', () => {
  const client = { ip: '192.0.2.1', user_agent: '“x” with ”' };
  const said = (type: string, data: object, deviceName: string | null = null): object => ({
    type,
    words: wordsOf({ type, data } as never, 'user', { client, deviceName, note: null }),
  });

  it.each([['Laptop'], ['Ada’s “blue” one'], ['מחשב'], [null]])('say the name %s of a device', (name) => {
    expect(page.nameSaid(said('TokenIssued', {}, name))).toBe(name);
    expect(page.nameSaid(said('DeviceRenamed', {}, name))).toBe(name);
  });

  it('say nothing of a name elsewhere, and whether an answer went to somebody else', () => {
    const family = { generation: 3 };
    expect(page.nameSaid(said('TokenRotated', { family }))).toBeUndefined();
    expect(page.isContested(said('TokenRedelivered', { family, contested: true }))).toBe(true);
    expect(page.isContested(said('TokenRedelivered', { family, contested: false }))).toBe(false);
    expect(page.isContested(said('TokenRotated', { family }))).toBe(false);
  });

  it('explain a theft as the operator’s tool does', () => {
    for (const label of ['stolen', 'lost_response', 'concurrent_client'] as const) {
      const theft: Theft = {
        ...{ user_id: 'u', session_id: 's', detected_at: '2026-02-22T00:00:30.000Z', generation: 0, label, holders: [] },
        ...{ exposed_from: null, exposed_to: null },
      };
      expect(theftWords(theft)).toContain(page.VERDICTS[label]);
      expect(page.seenWords(theft)).toMatch(
        /^Seen on Sunday.*22 February 2026.*00:00:30 UTC: the key of the sign-in was shown a second time\.$/,
      );
    }
  });
});
