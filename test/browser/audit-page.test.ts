/** The page for auditors: finding somebody, the lanes, the line that is dragged, and what stands beneath. */
import { expect } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { BEGIN, busy, erasedUser, fiveDevices, newcomer, oneDevice } from '../support/audit-scenes.js';
import { AuditedUser } from '../support/audited-user.js';
import { auditSuite } from '../support/audit-suite.js';
import { eventually } from '../support/eventually.js';
import { KEY, NOTE } from '../support/fake-audit.js';
import { problem } from '../support/fake-answer.js';
import { DAY_MS, HOUR_MS } from '../support/page-scenes.js';

auditSuite('the page for auditors', (suite, it) => {
  const text = (selector: string): Promise<string> => suite.page.locator(selector).innerText();
  const slider = (): ReturnType<typeof suite.page.locator> => suite.page.getByRole('slider', { name: 'Time of the state' });
  const value = async (): Promise<number> => Number(await slider().getAttribute('aria-valuenow')) * 1_000;
  const requests = (path: RegExp): string[] =>
    suite.world.requests.flatMap(({ path: asked, query }) => (path.test(asked) ? [query.toString()] : []));

  it('finds somebody by address and by id, and says when there is nobody', async () => {
    const ada = fiveDevices();
    const erased = erasedUser();
    suite.audit.users = [ada.audited, erased.audited];
    await suite.enter();
    const find = async (who: string): Promise<void> => {
      await suite.page.fill('#find-user', who);
      await suite.page.press('#find-user', 'Enter');
    };
    await find('nobody@example.com');
    await suite.page.getByText('No account has this address.').waitFor();
    await find('nobody');
    await suite.page.getByText('Please enter an address such as ada@example.com').waitFor();
    await find(randomUUID());
    await suite.page.getByText('There is no user with this id.').waitFor();
    expect(await suite.page.isVisible('#browse')).toBe(true);
    await find(' Ada@Example.com ');
    await suite.page.getByRole('heading', { name: 'ada@example.com' }).waitFor();
    await suite.settled();
    expect(new URL(suite.page.url()).hash).toContain(`user=${ada.userId}`);
    await find(erased.userId.toUpperCase());
    await suite.page.getByRole('heading', { name: 'Erased account' }).waitFor();
    expect(await suite.page.isVisible('#erased-note')).toBe(true);
    await suite.page.getByRole('link', { name: 'All users' }).click();
    await suite.page.waitForSelector('#user', { state: 'hidden' });
    expect(await suite.page.locator('#users a').allTextContents()).toEqual(['ada@example.com', erased.userId]);
  });

  it('lists all users page by page', async () => {
    suite.audit.users = Array.from({ length: 45 }, (_, index) => new AuditedUser(`u${index}@example.com`, BEGIN).audited);
    await suite.enter();
    const more = suite.page.getByRole('button', { name: 'Show more users' });
    for (const count of [20, 40]) {
      await suite.page
        .locator('#users li')
        .nth(count - 1)
        .waitFor();
      await more.click();
    }
    await more.waitFor({ state: 'hidden' });
    expect(await suite.page.locator('#users li').count()).toBe(45);
    expect(await suite.focused()).toBe('u40@example.com');
  });

  it('draws a lane for each device, renewals counted, a theft by shape and word', async () => {
    await suite.show(fiveDevices());
    expect(await suite.page.locator('.lane:not(.account) .name').allTextContents()).toEqual([
      'Laptop',
      'הטלפון של עדה',
      'Arbeitsunfähigkeitsbescheinigungsdrucker im Rindfleischetikettierungsamt',
      'Safari on iPhone',
      'Family tablet',
    ]);
    const laptop = suite.page.locator('.lane').nth(1);
    const counts = await laptop.locator('.run text').allTextContents();
    const single = await laptop.locator('.run circle').count();
    expect(counts.reduce((sum, count) => sum + Number(count), single)).toBe(29);
    expect(await laptop.locator('.mark.theft use').getAttribute('href')).toBe('#mark-theft');
    expect(await laptop.locator('.mark.theft .label').textContent()).toBe('Theft');
    expect(await laptop.locator('.exposure').count()).toBe(1);
    expect(await text('.lane:nth-child(2) .facts')).toBe('29 renewals · old key shown');
    // What expired says so, and has neither the shape nor the legend of what was ended.
    expect(await text('.lane:nth-child(3) .facts')).toBe('43 renewals · expired');
    expect(await suite.page.locator('.lane').nth(2).locator('.mark.expired use').getAttribute('href')).toBe(
      '#mark-expired',
    );
    const shapes: string[] = await suite.page.evaluate(
      "[...document.querySelectorAll('symbol[id^=mark-]')].map((one) => one.innerHTML.trim())",
    );
    expect(new Set(shapes).size).toBe(shapes.length);
    const legend = await suite.page.locator('#legend li').allTextContents();
    expect(legend).toEqual(expect.arrayContaining([expect.stringMatching(/^expired/), expect.stringMatching(/^ended/)]));
    // A sign-out everywhere is a line through all lanes.
    expect(await suite.page.locator('.all-out').count()).toBe(6);
    expect(suite.said).toEqual([]);
  });

  it('shows the state at the time to which the line is dragged', async () => {
    const ada = fiveDevices();
    await suite.show(ada);
    expect(await text('#state-summary')).toBe('The account was active; no device was signed in.');
    await suite.page.locator('#chart').scrollIntoViewIfNeeded();
    const track = (await suite.page.locator('.axis .track').boundingBox())!;
    const lane = (await suite.page.locator('.lane').nth(2).boundingBox())!;
    const [from, to] = await Promise.all(
      ['min', 'max'].map(async (name) => Number(await slider().getAttribute(`aria-value${name}`)) * 1_000),
    );
    const placeOf = (at: number): number => track.x + ((at - from!) / (to! - from!)) * track.width;
    const then = BEGIN + 3 * DAY_MS;
    await suite.page.mouse.move(placeOf(then - DAY_MS), lane.y + lane.height / 2);
    await suite.page.mouse.down();
    await suite.page.mouse.move(placeOf(then), lane.y, { steps: 5 });
    await suite.page.mouse.up();
    expect(Math.abs((await value()) - then)).toBeLessThan((to! - from!) / track.width + 1_000);
    await suite.page.getByText('The account was active; 3 devices were signed in.').waitFor();
    await suite.settled();
    expect(await suite.page.locator('.lane.on .name').allTextContents()).toHaveLength(3);
    expect(await text('#state-devices li:has-text("Laptop")')).toContain('Firefox on Windows, from 203.0.113.8');
    // Where it is let go, the line stays when the pointer goes on.
    const kept = await value();
    await suite.page.mouse.move(track.x + 20, lane.y);
    expect(await value()).toBe(kept);
    await eventually('the address names the time', () => {
      const linked = new URLSearchParams(new URL(suite.page.url()).hash.slice(1)).get('at') ?? '';
      return Promise.resolve(Math.abs(Date.parse(linked) - kept) < 1_000);
    });
    await suite.page.reload();
    await suite.settled();
    expect(Math.abs((await value()) - kept)).toBeLessThan(1_000);
    await suite.page.getByText('The account was active; 3 devices were signed in.').waitFor();
  });

  it.each([320, 360, 1280])('shows the whole time beside the line wherever it stands, %i pixels wide', async (width) => {
    await suite.show(fiveDevices());
    await suite.page.setViewportSize({ width, height: 800 });
    await slider().focus();
    await suite.page.keyboard.press('End');
    for (let step = 0; step < 13; step += 1) {
      for (let press = 0; press < 8; press += 1) await suite.page.keyboard.press('ArrowLeft');
      const flag = (await suite.page.locator('#flag').boundingBox())!;
      expect(flag.x).toBeGreaterThanOrEqual(0);
      expect(flag.x + flag.width).toBeLessThanOrEqual(width);
    }
  });

  it('follows a finger that moves sideways, and lets the page scroll under one that does not', async () => {
    await suite.show(fiveDevices());
    await suite.page.setViewportSize({ width: 360, height: 800 });
    await suite.page.locator('.lane').nth(3).scrollIntoViewIfNeeded();
    const { x, y, width, height } = (await suite.page.locator('.lane').nth(3).locator('.track').boundingBox())!;
    const scrolled = await suite.page.evaluate<number>('scrollY');
    const session = await suite.page.context().newCDPSession(suite.page);
    await session.send('Emulation.setTouchEmulationEnabled', { enabled: true });
    const touch = async (type: 'touchStart' | 'touchMove' | 'touchEnd', at: readonly number[] = []): Promise<void> => {
      const [left, top] = at;
      await session.send('Input.dispatchTouchEvent', { type, touchPoints: at.length === 0 ? [] : [{ x: left!, y: top! }] });
    };
    const middle = y + height / 2;
    const [from, to] = await Promise.all(
      ['min', 'max'].map(async (name) => Number(await slider().getAttribute(`aria-value${name}`)) * 1_000),
    );
    const wanted = from! + 0.3 * (to! - from!);
    await touch('touchStart', [x + width / 2, middle]);
    for (const part of [0.45, 0.4, 0.3]) await touch('touchMove', [x + width * part, middle]);
    await touch('touchEnd');
    const close = ((to! - from!) / width) * 2 + 1_000;
    await eventually('the line is under the finger', async () => Math.abs((await value()) - wanted) < close);
    await suite.settled();
    const before = await value();
    await touch('touchStart', [x + width / 2, middle]);
    for (const up of [40, 120, 200]) await touch('touchMove', [x + width / 2, middle - up]);
    await touch('touchEnd');
    await eventually('the page has scrolled', async () => (await suite.page.evaluate<number>('scrollY')) !== scrolled);
    expect(await value()).toBe(before);
  });

  it('shows somebody whom the log alone knows, by the id', async () => {
    const user = oneDevice();
    suite.audit.users = [user.audited];
    suite.world.intercept = ({ path }) => (path.endsWith(user.userId) ? problem(404, 'not_found') : undefined);
    await suite.enter();
    await suite.page.fill('#find-user', user.userId);
    await suite.page.press('#find-user', 'Enter');
    await suite.page.getByRole('heading', { name: user.userId }).waitFor();
    await suite.settled();
    expect(await suite.page.locator('.lane').count()).toBe(2);
  });

  it('is a slider for the keyboard, which says the time in words', async () => {
    await suite.show(oneDevice());
    await slider().focus();
    await suite.page.keyboard.press('Home');
    const first = await value();
    expect(await slider().getAttribute('aria-valuetext')).toMatch(/^Saturday.* 14 February 2026.* UTC$/);
    await suite.page.getByText('The account did not exist yet.').waitFor();
    await suite.page.keyboard.press('ArrowRight');
    const step = (await value()) - first;
    expect(step).toBeGreaterThan(0);
    await suite.page.keyboard.press('ArrowRight');
    const second = await value();
    await suite.page.keyboard.press('PageUp');
    expect(((await value()) - second) / (second - first - step)).toBeCloseTo(10);
    await suite.page.keyboard.press('PageDown');
    await suite.page.keyboard.press('ArrowLeft');
    expect(await value()).toBe(first + step);
    await suite.page.keyboard.press('End');
    expect(String((await value()) / 1_000)).toBe(await slider().getAttribute('aria-valuemax'));
    // Shorter steps where less is shown.
    const range = await text('#range');
    await suite.page.keyboard.press('+');
    expect(await text('#range')).not.toBe(range);
    await suite.page.keyboard.press('-');
    expect(await text('#range')).toBe(range);
  });

  it('shows a part of time by buttons, and brings the line into sight when it is moved', async () => {
    await suite.show(fiveDevices());
    const whole = await text('#range');
    const press = (name: string): Promise<void> => suite.page.getByRole('button', { name, exact: true }).click();
    for (let times = 0; times < 4; times += 1) await press('Show a shorter time');
    expect(await text('#range')).toMatch(/^\d+ Feb 2026, \d\d:\d\d – /);
    await press('Move to earlier times');
    expect(await slider().getAttribute('class')).toBe('outside');
    await slider().press('ArrowLeft');
    expect(await slider().getAttribute('class')).toBe('');
    await press('Show a longer time');
    await press('Whole time');
    expect(await text('#range')).toBe(whole);
  });

  it('goes from event to event, and to a time that is entered', async () => {
    await suite.show(fiveDevices());
    await suite.page.getByRole('button', { name: 'Previous event' }).click();
    expect(await value()).toBe(BEGIN + 12.5 * DAY_MS);
    await suite.page.getByRole('button', { name: 'Previous event' }).click();
    expect(await value()).toBe(BEGIN + 10.5 * DAY_MS);
    await suite.page.getByRole('button', { name: 'Next event' }).click();
    expect(await value()).toBe(BEGIN + 12.5 * DAY_MS);
    await suite.page.getByRole('button', { name: 'Next event' }).click();
    await suite.page.getByText('There is no other event on that side.').waitFor();
    await suite.page.fill('#when-at', '2026-02-22T00:00:29');
    await suite.page.getByRole('button', { name: 'Show', exact: true }).click();
    expect(await text('#state-time')).toMatch(/^Sunday.* 22 February 2026 at 00:00:29 UTC$/);
    await suite.page.getByText('The account was active; 3 devices were signed in.').waitFor();
  });

  it('explains a theft and accuses nobody', async () => {
    await suite.show(fiveDevices());
    const theft = suite.page.getByRole('article', { name: /^Theft, seen 22 Feb 2026/ });
    const words = await theft.innerText();
    expect(words).toContain('This session was held by two. Take it for stolen.');
    expect(words).toMatch(
      /Seen on Sunday.* 22 February 2026 at 00:00:30 UTC: the key of the sign-in was shown a second time\./,
    );
    expect(words).toMatch(/A second holder can have acted from .* until .*, for 7 days at most\./);
    expect(await theft.locator('.holders .client').allTextContents()).toEqual([
      'Firefox on Windows, from 203.0.113.8',
      'python-requests, from 198.51.100.23',
    ]);
    expect(await text('main')).not.toMatch(/thief|attacker|culprit|suspect|guilty/i);
    await theft.getByRole('button', { name: 'Show it on the lanes' }).click();
    expect(await value()).toBe(BEGIN + 7 * DAY_MS + 30_000);
    expect(await suite.focused()).toBe('scrubber');
    expect(await text('#range')).toMatch(/Feb 2026 – 23 Feb 2026/);
  });

  it('lists what happened, and goes to the state after an event, also between two of one instant', async () => {
    await suite.show(fiveDevices());
    const theft = suite.page.locator('#events > .theft');
    expect(await theft.locator('.where').textContent()).toBe('Laptop');
    await theft.getByRole('button').click();
    await suite.page.getByText('The account was active; 2 devices were signed in.').waitFor();
    expect(requests(/\/state$/).at(-1)).toMatch(/^position=\d+$/);
    expect(await suite.focused()).toBe('state-title');
    const rows = await suite.page.locator('#events > li').count();
    await suite.page.getByLabel('List each renewal').check();
    expect(await suite.page.locator('#events > li').count()).toBe(50);
    await suite.page.getByRole('button', { name: 'Show 48 more of 48' }).click();
    expect(await suite.page.locator('#events > li').count()).toBe(98);
    await suite.page.getByLabel('List each renewal').uncheck();
    expect(await suite.page.locator('#events > li').count()).toBe(rows);
  });

  it('reads 10,000 renewals page by page, and draws few of them', async () => {
    await suite.show(busy(10_000));
    expect(requests(/\/timeline$/)).toHaveLength(101);
    expect(await text('#events-count')).toBe('10,002');
    expect(await text('.lane:nth-child(2) .facts')).toMatch(/^10,000 renewals · /);
    expect(await suite.page.locator('#chart *').count()).toBeLessThan(300);
    const titles = await suite.page.locator('.lane:nth-child(2) .run title').allTextContents();
    const counts = titles.map((title) => Number(/^Renewed (\d+) times/.exec(title)![1]));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(10_000);
    expect(await suite.page.locator('#events > li').count()).toBe(3);
  });

  it('shows the new user alone when somebody else is opened while the log is still read', async () => {
    const slow = busy(1_000);
    const other = oneDevice();
    suite.audit.users = [slow.audited, other.audited];
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    suite.world.intercept = async ({ path }) => {
      if (path.includes(slow.userId) && path.endsWith('/timeline')) await held;
      return undefined;
    };
    await suite.enter();
    await suite.page.getByRole('link', { name: 'busy@example.com' }).click();
    await suite.page.waitForSelector('#reading:not([hidden])');
    await suite.page.fill('#find-user', 'grace@example.com');
    await suite.page.press('#find-user', 'Enter');
    await suite.page.getByRole('heading', { name: 'grace@example.com' }).waitFor();
    await suite.settled();
    release();
    await slider().press('Home');
    await suite.settled();
    expect(await suite.page.locator('.lane:not(.account) .name').allTextContents()).toEqual(['Work PC']);
    expect(await suite.page.isVisible('#message.bad')).toBe(false);
  });

  it('says when the log cannot be read on, and shows what was read', async () => {
    const user = busy(500);
    suite.audit.users = [user.audited];
    suite.world.intercept = ({ path, query }) =>
      path.endsWith('/timeline') && Number(query.get('after')) > 200 ? problem(503, 'unavailable') : undefined;
    await suite.enter();
    await suite.page.getByRole('link', { name: 'busy@example.com' }).click();
    await suite.page.waitForSelector('#message.bad');
    await suite.page.waitForSelector('#reading', { state: 'hidden' });
    suite.world.intercept = () => undefined;
    await suite.page.getByRole('button', { name: 'Read on in the log' }).click();
    await suite.page.locator('#events-count', { hasText: '502' }).waitFor();
    expect(await suite.page.isVisible('#read-on')).toBe(false);
  });

  it('shows names as they are, whichever way they run, and never as markup', async () => {
    const user = new AuditedUser('new@example.com', BEGIN, { name: '<b>Ada</b>' });
    const nasty = '<img src=x onerror="document.title=1">\u202eevil';
    user.signIn(BEGIN + HOUR_MS, nasty, { ip: '<i>', user_agent: '<script>alert(1)</script>' });
    await suite.show(user);
    expect(await suite.page.locator('.lane:nth-child(2) .name bdi').textContent()).toBe(nasty);
    expect(await suite.page.locator('main :is(img, i, script)').count()).toBe(0);
    expect(await text('#user-facts')).toContain('<b>Ada</b>');
    expect(await suite.page.title()).toBe('Audit · tokenledger');
    expect(suite.said).toEqual([]);
  });

  it('says of a newcomer that no device has signed in', async () => {
    await suite.show(newcomer());
    await suite.page.getByText('No device has signed in yet.').waitFor();
    expect(await suite.page.locator('.lane').count()).toBe(1);
  });

  it('shows the newest note and its key, and copies them', async () => {
    await suite.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await suite.enter();
    await suite.page.getByText('over the first 2,307 events').waitFor();
    const copied = (): Promise<string> => suite.page.evaluate('navigator.clipboard.readText()');
    await suite.page.getByRole('button', { name: 'Copy the note' }).click();
    await suite.page.getByText('The note was copied.').waitFor();
    // Byte for byte, the line feed at its end too.
    expect(await copied()).toBe(NOTE);
    await suite.page.getByRole('button', { name: 'Copy the key' }).click();
    await suite.page.getByText('The key was copied.').waitFor();
    expect(await copied()).toBe(KEY);
  });

  it('says when there is no note yet', async () => {
    suite.audit.note = null;
    await suite.enter();
    await suite.page.getByText('There is no note yet; the first one comes soon.').waitFor();
    expect(await suite.page.isVisible('text=Copy the note')).toBe(false);
    expect(await suite.page.isVisible('#message.bad')).toBe(false);
  });

  it('says kindly that the role is missing, and goes on once it was granted', async () => {
    suite.audit.isAuditor = false;
    suite.audit.users = [oneDevice().audited];
    await suite.enter();
    await suite.page.getByRole('heading', { name: 'This page is for auditors' }).waitFor();
    expect(await text('#no-role')).toContain('npx tokenledger users grant ada@example.com auditor');
    expect(await suite.page.isVisible('#audit')).toBe(false);
    suite.audit.isAuditor = true;
    await suite.page.getByRole('button', { name: 'Try again' }).click();
    await suite.page.getByRole('link', { name: 'grace@example.com' }).waitFor();
    await suite.page.getByRole('button', { name: 'Sign out' }).click();
    await suite.page.waitForSelector('#signed-out:not([hidden])');
    expect(await suite.page.locator('#users li').count()).toBe(0);
  });

  it.each(['en-US', 'en-GB'])('has one line for the time of each event: %s', async (locale) => {
    await suite.page.addInitScript(`Object.defineProperty(navigator, 'languages', { value: ['${locale}'] })`);
    await suite.page.reload();
    await suite.show(fiveDevices());
    for (const width of [700, 1_440]) {
      await suite.page.setViewportSize({ width, height: 800 });
      const heights: number[] = await suite.page.evaluate(
        "[...document.querySelectorAll('button.time')].map((it) => it.getBoundingClientRect().height)",
      );
      expect(Math.max(...heights)).toBeLessThan(35);
      expect(await suite.page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    }
  });
});
