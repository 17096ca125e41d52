import { expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { openOutbox } from '../../../src/adapters/smtp/outbox.js';
import { removeFromOutbox } from '../../../src/adapters/smtp/outbox-removal.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

it('removes all mails of one user and no other, as often as asked', async () => {
  const folder = temporaryFolder();
  const outbox = path.join(folder.path, 'outbox');
  const [erased, other] = [randomUUID(), randomUUID()];
  const send = async (userId: string): Promise<string> => {
    const id = randomUUID();
    const mail = { from: 'from@example.com', to: 'to@example.com', subject: erased, text: erased, html: erased };
    await openOutbox(outbox).send({ ...mail, userId, messageId: `<${id}@example.com>` });
    return `${id}.eml`;
  };
  await removeFromOutbox(outbox, erased);
  const [, , kept] = [await send(erased), await send(erased), await send(other)];
  await removeFromOutbox(outbox, erased);
  await removeFromOutbox(outbox, erased);
  expect(readdirSync(outbox)).toEqual([kept]);
  folder.remove();
});
