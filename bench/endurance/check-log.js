import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync } from 'node:fs';
import path from 'node:path';
import Database from 'libsql';
import { pino } from 'pino';
import { compose } from '../../dist/src/compose.js';
import { readConfig } from '../../dist/src/config.js';
import { newFolder } from '../lib/installation.js';
import { FamilyChecks } from './family-checks.js';

const PAGE = 500;

/** Reads the whole log, every MAC checked (G15), and says what of it is not as the guarantees want it. Resolves to counts. */
export async function checkLog(environment, ledger) {
  const application = await compose(readConfig(environment), pino({ level: 'silent' }));
  const families = new FamilyChecks(ledger);
  const ids = new Set();
  let events = 0;
  try {
    for (let after; ;) {
      const page = await application.eventLog.readAll({ maxCount: PAGE, ...(after === undefined ? {} : { after }) });
      for (const event of page.events) {
        if (ids.has(event.id)) ledger.violation('G1', `event ${event.id} stands twice in the log`);
        ids.add(event.id);
        families.take(event);
      }
      events += page.events.length;
      if (page.isEnd) break;
      after = page.position;
    }
    for (const id of ledger.tokenIds)
      if (!ids.has(id)) ledger.violation('G7', `token ${id} was answered, and its event is not in the log`);
    families.end();
  } finally {
    await application.close();
  }
  return { events, families: families.count, rotations: families.rotations, reuses: families.reuses };
}

/** No secret lies in any file of the data folder, the key file left out (G10), and no address of a deleted account (G18). */
export function checkSecrets(folder, ledger) {
  const [secrets, addresses] = [new Set(ledger.secrets), new Set(ledger.erasures)];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const { name } = entry;
    if (!entry.isFile() || name === 'keys.json') continue;
    for (const found of foundIn(path.join(entry.parentPath, name), [...secrets, ...addresses])) {
      if (secrets.has(found)) ledger.violation('G10', `${name} holds a password or a token`);
      if (addresses.has(found)) ledger.violation('G18', `${name} holds the address of a deleted account`);
    }
  }
}

/** Which of some texts a file holds. By grep, which looks for all of them at once: one by one, thousands take an hour. */
function foundIn(file, texts) {
  const { error, status, stdout } = spawnSync('grep', ['--text', '--only-matching', '--fixed-strings', '--file=-', file], {
    input: texts.join('\n'),
    encoding: 'latin1',
    maxBuffer: Infinity,
    env: { ...process.env, LC_ALL: 'C' },
  });
  if (error !== undefined) throw error;
  // 1: nothing was found.
  if (status > 1) throw new Error(`grep ended with ${status}`);
  return new Set(stdout.split('\n').filter((text) => text !== ''));
}

/** In a copy one event is altered as somebody could who has the database alone: it is refused (G15). Embedded only. */
export async function checkForgery(folder, environment, ledger) {
  const copy = newFolder('forged');
  cpSync(folder, copy, { recursive: true });
  const db = new Database(path.join(copy, 'tokenledger.db'));
  db.prepare(
    "update events set data = replace(data, '\"epoch\":', '\"epoch\":1') where position = (select max(position) from events where type = 'TokenRotated')",
  ).run([]);
  db.close();
  const altered = new Ledgers();
  const wasRead = await checkLog({ ...environment, DATA_DIR: copy }, altered).then(
    () => true,
    () => false,
  );
  if (wasRead) ledger.violation('G15', 'an altered event was read');
}

/** Takes what is said of the copy, of which nothing counts. */
class Ledgers {
  tokenIds = new Set();
  endedSids = new Set();

  violation() {
    // The copy is altered: that something is wrong with it is what is wanted.
  }
}
