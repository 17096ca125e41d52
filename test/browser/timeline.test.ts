/** What happened on a device: in words, by a mark of its own each, folded by day. */
import { expect } from '@jest/globals';
import type { Locator } from 'playwright-core';
import { fakePageSuite } from '../support/fake-page-suite.js';
import { problem } from '../support/fake-answer.js';
import type { FakeEvent } from '../support/fake-world.js';
import { AGENTS, at, DAY_MS, event, HOUR_MS, theft } from '../support/page-scenes.js';

const NOWHERE = { ip: null, user_agent: null };
const ELSEWHERE = '198.51.100.23';

fakePageSuite('the timeline of a device', (suite, it) => {
  const second = (): Locator => suite.device('Second');
  const marks = (): Locator => second().locator('.marks > li');
  const words = (): Promise<string[]> => second().locator('.marks strong').allTextContents();
  const days = (): Promise<string[]> => second().locator('summary').allTextContents();
  const openAllDays = (): Promise<unknown> =>
    second()
      .locator('.timeline details')
      .evaluateAll((all) => (all as unknown as { open: boolean }[]).forEach((one) => (one.open = true)));

  /** Signs in, and opens what happened on another device. */
  async function open(events: FakeEvent[]): Promise<void> {
    const device = suite.world.device({ device_name: 'Second', user_agent: AGENTS.firefox });
    suite.world.devices = [device];
    suite.world.events.set(device.session_id, events);
    await suite.signIn();
    await second().getByRole('button', { name: 'Details of Second' }).click();
  }
  it('says each thing in words, and marks it by a shape of its own', async () => {
    await open([
      event('TokenIssued', at(1, 90), 0),
      event('TokenExpired', at(1, 80), 0, { ...NOWHERE, reason: 'absolute' }),
      event('DeviceRenamed', at(1, 70), 0),
      event('TokenIssued', at(1, 60), 0),
      event('TokenRevoked', at(1, 50), 2, { ...NOWHERE, reason: 'reuse' }),
      event('TokenReuseDetected', at(1, 50), 2, { ip: ELSEWHERE }),
      event('TokenRedelivered', at(2, 40), 2, { contested: true, ip: ELSEWHERE }),
      event('TokenRedelivered', at(2, 30), 2),
      event('TokenRotated', at(2, 30), 2),
      event('TokenIssued', at(2, 20), 0),
    ]);
    await marks().first().waitFor();
    expect(await words()).toEqual([
      'Signed in',
      'Expired: it had lasted as long as a session may',
      'Renamed',
      'Signed in',
      'Ended because it was used in two places',
      'This session was used in two places',
      'Used from a second place at the same time',
      'An answer got lost and was sent again',
      'Used',
      'Signed in',
    ]);
    const looks = await marks().evaluateAll((items) => {
      const { getComputedStyle } = globalThis as unknown as {
        getComputedStyle: (item: unknown, part: string) => Record<string, string>;
      };
      return items.map((item) => {
        const { borderColor, borderRadius, borderWidth, transform } = getComputedStyle(item, '::before');
        return [borderColor, borderRadius, borderWidth, transform].join();
      });
    });
    const [begin, end, note, , , reuse, warn, again, use] = looks;
    expect(new Set([begin, end, note, reuse, warn, again, use]).size).toBe(7);
    expect(await second().locator('.marks time').first().getAttribute('title')).toMatch(/\d{4}.*\d\d:\d\d:\d\d UTC$/);
  });

  it('says of a session without an end of its own that it ended with others', async () => {
    await open([event('TokenIssued', at(1, 60), 0), event('TokenIssued', at(1), 0)]);
    await marks().first().waitFor();
    expect(await words()).toEqual(['Signed in', 'Ended together with other sessions', 'Signed in']);
  });

  it('draws alike uses as one, and marks another network or program', async () => {
    await open([
      ...[9, 8].map((generation) => event('TokenRotated', at(1, generation), generation, { user_agent: AGENTS.script })),
      ...[7, 6, 5].map((generation) => event('TokenRotated', at(1, generation), generation, { ip: ELSEWHERE })),
      ...[4, 3, 2, 1].map((generation) => event('TokenRotated', at(1, generation), generation)),
      event('TokenIssued', at(1), 0),
    ]);
    await marks().first().waitFor();
    expect(await words()).toEqual(['Used 2 times', 'Used 3 times', 'Used 4 times', 'Signed in']);
    expect(await second().locator('.remark').allTextContents()).toEqual([
      'by another browser or app',
      'from another network',
    ]);
  });

  it('folds days, the newest and those with something to see excepted', async () => {
    await open([
      event('TokenRotated', at(1), 9),
      event('TokenRotated', at(2, 1), 8),
      event('TokenRotated', at(2), 7, { ip: ELSEWHERE }),
      event('TokenRedelivered', at(3), 6, { contested: true }),
      event('TokenIssued', at(4), 0),
    ]);
    await marks().first().waitFor();
    const [newest, mixed, , oldest] = await days();
    expect(newest).toBe('Yesterday Used');
    expect(mixed).toMatch(/^\w+day,? \d+ \w+ Used 2 times, from more than one place$/);
    expect(oldest).toMatch(/Signed in$/);
    expect(await second().locator('.timeline details[open] time').count()).toBe(4);
    expect(
      await second()
        .locator('.timeline details')
        .evaluateAll((all) => all.map((one) => (one as unknown as { open: boolean }).open)),
    ).toEqual([true, false, true, false]);
  });

  it('stays short for a device that changes its network all the time', async () => {
    const events = Array.from({ length: 100 }, (_, index) =>
      event('TokenRotated', index * 2 * HOUR_MS, 100 - index, { ip: index % 2 === 0 ? ELSEWHERE : '203.0.113.8' }),
    );
    await open([...events, event('TokenIssued', 200 * HOUR_MS, 0)]);
    await marks().first().waitFor();
    await openAllDays();
    expect(await second().locator('.marks .run').count()).toBeGreaterThanOrEqual(8);
    const box = await second().locator('.timeline').boundingBox();
    expect(box!.height).toBeLessThan(2_000);
    await second().locator('.run .remark', { hasText: 'from 2 places in turn' }).nth(3).waitFor();
  });

  it('counts no answer that was sent again as a use', async () => {
    const events = Array.from({ length: 8 }, (_, index) => [
      event('TokenRedelivered', at(1, 16 - 2 * index), 8 - index),
      event('TokenRotated', at(1, 16 - 2 * index), 8 - index),
    ]);
    await open([...events.flat(), event('TokenIssued', at(2), 0)]);
    await marks().first().waitFor();
    expect((await words())[0]).toBe('Used 8 times');
  });

  it('marks what came after two held a session, and from where each was', async () => {
    await open(theft());
    await marks().first().waitFor();
    await openAllDays();
    const places = second().locator('.theft .places li');
    expect(await places.allTextContents()).toEqual(['Chrome on Linux · 203.0.113.8', 'python-requests · 198.51.100.23']);
    const forked = second().locator('.marks .forked');
    expect(await forked.locator('.places').allTextContents()).toEqual(['python-requests · 198.51.100.23']);
    expect(await forked.locator('.remark').allTextContents()).toEqual([
      'by another browser or app',
      'after the two places parted: may be either',
    ]);
    expect(await second().locator('.marks .use:not(.forked)').count()).toBeGreaterThan(0);
  });

  it('knows where they parted from the generation of the old token, when that is named', async () => {
    const events = theft().map((it) => (it.type === 'TokenReuseDetected' ? { ...it, generation: 2, ip: '192.0.2.1' } : it));
    await open(events);
    await marks().first().waitFor();
    await openAllDays();
    const generations = events.filter(({ type, generation }) => type === 'TokenRotated' && generation > 2).length;
    const counts = await second().locator('.marks .forked strong').allTextContents();
    const total = counts.reduce((sum, text) => sum + Number(/\d+/.exec(text)?.[0] ?? 1), 0);
    expect(total).toBe(generations);
  });

  it('goes back page by page, and keeps what is open', async () => {
    await open([
      ...Array.from({ length: 229 }, (_, index) =>
        event('TokenRotated', at(1 + Math.floor(index / 60), 60 - (index % 60)), 229 - index),
      ),
      event('TokenIssued', at(4), 0),
    ]);
    await marks().first().waitFor();
    await second().locator('summary').nth(1).click();
    const before = await second().locator('details[open]').count();
    const earlier = second().getByRole('button', { name: 'Earlier' });
    await earlier.click();
    await second().locator('.timeline > li').nth(3).waitFor();
    expect(await second().locator('details[open]').count()).toBe(before);
    await earlier.focus();
    await suite.page.keyboard.press('Enter');
    await second().locator('summary', { hasText: 'Signed in' }).waitFor();
    expect(await earlier.isVisible()).toBe(false);
    expect(await suite.focused()).toBe('What happened here');
    await openAllDays();
    const used = (await words()).map((text) => /^Used (\d+) times$/.exec(text)?.[1] ?? '0').map(Number);
    expect(used).toEqual([60, 60, 60, 49, 0]);
  });

  it('is brought up to date in place when the list is read again, with the focus where it was', async () => {
    const events = [event('TokenRotated', HOUR_MS, 1), event('TokenIssued', 2 * DAY_MS, 0)];
    await open(events);
    await marks().first().waitFor();
    await second().locator('summary').nth(1).focus();
    events.unshift(event('TokenRevoked', 0, 1, { ...NOWHERE, reason: 'admin' }));
    await suite.page.evaluate("document.getElementById('reload').click()");
    await marks().getByText('Ended by an administrator').waitFor();
    expect(await suite.focused()).toMatch(/Signed in$/);
  });

  it('that cannot be read says so, and can be tried again', async () => {
    suite.world.intercept = ({ path }) => (path.endsWith('/events') ? problem(503, 'unavailable') : undefined);
    await open([event('TokenIssued', HOUR_MS, 0)]);
    await suite.page.getByText('The server cannot do this at the moment.').waitFor();
    suite.world.intercept = () => undefined;
    const toggle = second().getByRole('button', { name: 'Details of Second' });
    await toggle.click();
    await toggle.click();
    await marks().first().waitFor();
    expect(await words()).toEqual(['Signed in']);
  });

  it('without any event says that too', async () => {
    await open([]);
    await second().getByText('Nothing is known of this device.').waitFor();
  });
});
