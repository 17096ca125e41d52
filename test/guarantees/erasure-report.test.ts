/** G18: the report of an erasure says when it is final, and not before. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import path from 'node:path';
import { openReading } from '../../src/adapters/sqlite/connection.js';
import type { ErasureReport } from '../../src/operator/erasure-report.js';
import { signedInUser } from '../support/admin.js';
import { startApp, type RunningApp } from '../support/running-app.js';

let app: RunningApp;
beforeEach(async () => {
  // The operator's command carries it out; nothing else reads or writes the file of the keys meanwhile.
  app = await startApp({ prepare: ({ processing }) => void (processing.eraser.start = () => undefined) });
});
afterEach(() => app.close());

async function erase(userId: string): Promise<ErasureReport> {
  return (await app.application.operator.users()).erase(userId, 'operator:test');
}

it('is final once the master key was replaced, and not while somebody reads the file of the keys', async () => {
  const { userId } = await signedInUser(app, 'Ada');
  const reader = openReading(path.join(app.folder, 'user-keys.db'));
  const read = (): unknown => reader.prepare('select count(*) from user_keys').get();
  reader.exec('BEGIN');
  read();
  const first = await erase(userId);
  expect(first).toEqual({ user_id: userId, unreadable_since: expect.any(String), final_on: null });
  reader.exec('COMMIT');
  // Unreadable, but a copy of the keys from before could still be opened.
  expect(await erase(userId)).toEqual(first);

  await app.application.operator.keys.rewrap();
  reader.exec('BEGIN');
  read();
  // Something that the reader has not seen, so that the journal cannot be emptied.
  await signedInUser(app, 'Bea');
  expect(await erase(userId)).toEqual(first);
  reader.exec('COMMIT');
  reader.close();
  const { final_on: finalOn, ...rest } = await erase(userId);
  expect(rest).toEqual({ user_id: userId, unreadable_since: first.unreadable_since });
  expect(Date.parse(finalOn!)).toBeGreaterThanOrEqual(Date.parse(first.unreadable_since!));
});
