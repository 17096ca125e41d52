/** Histories that are hard on the lanes: what the pictures and the examination by axe of the audit page show. */
import { AuditedUser } from './audited-user.js';
import { AGENTS } from './page-scenes.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Long ago and fixed, so that pictures stay as they are. */
export const BEGIN = Date.UTC(2026, 1, 15, 0, 0, 0);

const HOME = '203.0.113.8';
const CHROME = { ip: HOME, user_agent: AGENTS.chrome };
const IPHONE = { ip: '2001:db8:85a3:8d3:1319:8a2e:370:7348', user_agent: AGENTS.iphone };
const FIREFOX = { ip: HOME, user_agent: AGENTS.firefox };
const SCRIPT = { ip: '198.51.100.23', user_agent: AGENTS.script };
const ERASED = { ip: 'erased', user_agent: 'erased' };

/** Renews a session from time to time. */
function use(user: AuditedUser, sid: string, from: number, to: number, every: number): void {
  // Not quite regular, as people are.
  for (let at = from, turn = 0; at < to; turn += 1, at += every * (0.6 + ((turn * 7) % 9) / 10))
    user.renew(Math.round(at), sid);
}

/** Five devices: a theft, a contested answer, a sign-out everywhere that spared one, an expiry, a Hebrew and a German name. */
export function fiveDevices(): AuditedUser {
  const user = new AuditedUser('ada@example.com', BEGIN, { name: 'Ada Lovelace' });
  const laptop = user.signIn(BEGIN + 60_000, 'Laptop', FIREFOX);
  use(user, laptop, BEGIN + 3 * HOUR, BEGIN + 3 * DAY, 5 * HOUR);
  const phone = user.signIn(BEGIN + 1.2 * DAY, 'הטלפון של עדה', IPHONE);
  const german = 'Arbeitsunfähigkeitsbescheinigungsdrucker im Rindfleischetikettierungsamt';
  const printer = user.signIn(BEGIN + 2 * DAY, german, CHROME);
  use(user, laptop, BEGIN + 3 * DAY, BEGIN + 6.8 * DAY, 6 * HOUR);
  user.again(BEGIN + 4 * DAY + 30_000, printer, CHROME, false);
  use(user, phone, BEGIN + 5 * DAY, BEGIN + 7 * DAY, 2 * HOUR);
  user.steal(BEGIN + 7 * DAY + 30_000, laptop, 0, SCRIPT);
  user.account(BEGIN + 7.1 * DAY, 'PasswordChanged', 'The password was changed.');
  const nameless = user.signIn(BEGIN + 7.2 * DAY, null, IPHONE);
  use(user, nameless, BEGIN + 7.4 * DAY, BEGIN + 9 * DAY, 3 * HOUR);
  user.again(BEGIN + 9 * DAY + 5_000, nameless, SCRIPT, true);
  use(user, phone, BEGIN + 8 * DAY, BEGIN + 10 * DAY, 4 * HOUR);
  user.signIn(BEGIN + 9.5 * DAY, 'Family tablet', CHROME);
  user.endAll(BEGIN + 10.5 * DAY, phone);
  use(user, phone, BEGIN + 10.6 * DAY, BEGIN + 12 * DAY, 5 * HOUR);
  user.end(BEGIN + 12.5 * DAY, phone, 'The session ended by itself, since it was not used for long.', 'TokenExpired');
  return user;
}

export function oneDevice(): AuditedUser {
  const user = new AuditedUser('grace@example.com', BEGIN);
  const sid = user.signIn(BEGIN + HOUR, 'Work PC', CHROME);
  use(user, sid, BEGIN + 2 * HOUR, BEGIN + 4 * DAY, 4 * HOUR);
  user.end(BEGIN + 4.2 * DAY, sid);
  return user;
}

export function manyDevices(count = 40): AuditedUser {
  const names = [null, 'Phone', 'מחשב נייד', 'Donaudampfschifffahrtsgesellschaftskapitänskajüte'];
  const clients = [CHROME, IPHONE, FIREFOX, SCRIPT];
  const user = new AuditedUser('many@example.com', BEGIN);
  for (let index = 0; index < count; index += 1) {
    const name = names[index % names.length] ?? null;
    const from = BEGIN + index * 5 * HOUR;
    const sid = user.signIn(from, name === null ? null : `${name} ${index + 1}`, clients[index % 4]!);
    const until = from + (2 + (index % 5)) * DAY;
    use(user, sid, from + HOUR, until, 3 * HOUR);
    if (index === 6) user.steal(until + DAY, sid, 2, SCRIPT);
    else if (index % 3 !== 0) user.end(until + (1 + (index % 4)) * 6 * HOUR, sid);
  }
  return user;
}

/** One device with so many renewals. */
export function busy(renewals: number): AuditedUser {
  const user = new AuditedUser('busy@example.com', BEGIN);
  const sid = user.signIn(BEGIN + HOUR, 'Monitor in the hall', CHROME);
  for (let index = 0; index < renewals; index += 1) user.renew(BEGIN + 2 * HOUR + index * 5 * 60_000, sid);
  return user;
}

/** Somebody who has never signed in. */
export function newcomer(): AuditedUser {
  return new AuditedUser('new@example.com', BEGIN);
}

export function erasedUser(): AuditedUser {
  const user = new AuditedUser(null, BEGIN, { status: 'erased' });
  const sid = user.signIn(BEGIN + HOUR, 'erased', ERASED);
  use(user, sid, BEGIN + 3 * HOUR, BEGIN + 3 * DAY, 5 * HOUR);
  user.steal(BEGIN + 3.5 * DAY, sid, 2, ERASED);
  user.account(BEGIN + 6 * DAY, 'UserErased', 'The account was erased for good.');
  user.endAll(BEGIN + 6 * DAY);
  return user;
}
