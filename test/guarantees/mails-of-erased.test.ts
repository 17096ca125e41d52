/** G18: mails of an erased user are removed from the outbox of every instance, whichever carries the erasure out. */
import { expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { outboxFileName } from '../../src/adapters/smtp/outbox-removal.js';
import { signedInUser } from '../support/admin.js';
import { askToErase, startAppThatErasesNobody } from '../support/erasing.js';
import { eventually } from '../support/eventually.js';
import { startApp } from '../support/every-back-end.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** A mail of a user, in the outbox of a data folder. */
function mailOf(userId: string, folder: string): string {
  const outbox = path.join(folder, 'outbox');
  mkdirSync(outbox, { recursive: true });
  const file = path.join(outbox, outboxFileName(randomUUID(), userId));
  writeFileSync(file, 'From: a@example.com\r\n\r\nLink');
  return file;
}

it('an instance that does not erase removes them from its outbox', async () => {
  const app = await startAppThatErasesNobody();
  try {
    const [user, other] = [await signedInUser(app, 'Ada'), await signedInUser(app, 'Bea')];
    const [removed, kept] = [mailOf(user.userId, app.folder), mailOf(other.userId, app.folder)];
    await askToErase(app, user);
    await eventually('it is removed', () => !existsSync(removed));
    expect(existsSync(kept)).toBe(true);
  } finally {
    await app.close();
  }
});

it('an instance that was down meanwhile removes them when it starts', async () => {
  const folder = temporaryFolder();
  const before = await startApp({ folder: folder.path });
  const [user, other] = [await signedInUser(before, 'Ada'), await signedInUser(before, 'Bea')];
  await askToErase(before, user);
  await before.close();
  // As in the outbox of an instance that saw nothing of it.
  const [removed, kept] = [mailOf(user.userId, folder.path), mailOf(other.userId, folder.path)];
  const app = await startApp({ folder: folder.path });
  try {
    await eventually('it is removed', () => !existsSync(removed));
    expect(existsSync(kept)).toBe(true);
  } finally {
    await app.close();
    folder.remove();
  }
});
