/** G18: mails of an erased user are removed from the outbox of every instance, whichever carries the erasure out. */
import { expect, it } from '@jest/globals';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { USER_HEADER } from '../../src/adapters/smtp/outbox-removal.js';
import { signedInUser } from '../support/admin.js';
import { askToErase, startAppThatErasesNobody } from '../support/erasing.js';
import { eventually } from '../support/eventually.js';

it('an instance that does not erase removes them from its outbox', async () => {
  const app = await startAppThatErasesNobody();
  try {
    const [user, other] = [await signedInUser(app, 'Ada'), await signedInUser(app, 'Bea')];
    const outbox = path.join(app.folder, 'outbox');
    mkdirSync(outbox, { recursive: true });
    const mailOf = (userId: string): string => {
      const file = path.join(outbox, `${userId}.eml`);
      writeFileSync(file, `From: a@example.com\r\n${USER_HEADER}: ${userId}\r\n\r\nLink`);
      return file;
    };
    const [removed, kept] = [mailOf(user.userId), mailOf(other.userId)];
    await askToErase(app, user);
    await eventually('it is removed', () => !existsSync(removed));
    expect(existsSync(kept)).toBe(true);
  } finally {
    await app.close();
  }
});
