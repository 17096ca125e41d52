/**
 * Fills the installation of DATA_DIR without a server: takes orders as lines of JSON (`{users, devices, rotations, revocations}`,
 * each from 0) and answers each with `{events, seconds, credentials, tokens}`. The events are the real ones, with their MACs and
 * sealed values, decided by the domain; only the requests are left out, and appends hold many events.
 */
import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { compose } from '../../dist/src/compose.js';
import { readConfig } from '../../dist/src/config.js';
import { answerLines } from '../lib/lines.js';
import { seedUser } from './seed-user.js';

const AT_ONCE = 64;
const PASSWORD = 'a long password for the bench';

const application = await compose(readConfig(process.env), pino({ level: 'silent' }));
// One hash serves all users: it is sealed under the key of each.
const passwordHash = await application.context.passwords.hash(PASSWORD);
await answerLines(seed);
await application.close();

async function seed({ users, devices = 0, rotations = 0, revocations = 0 }) {
  const begin = performance.now();
  const result = { events: 0, credentials: [], tokens: [] };
  let next = 0;
  async function worker() {
    while (next++ < users) {
      const email = `${randomUUID()}@example.com`;
      const seeded = await seedUser(application.context, { email, passwordHash, devices, rotations, revocations });
      result.events += seeded.events;
      result.credentials.push({ email, password: PASSWORD });
      result.tokens.push(...seeded.tokens);
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return { ...result, seconds: (performance.now() - begin) / 1000 };
}
