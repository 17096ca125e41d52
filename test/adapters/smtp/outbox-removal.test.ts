import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openOutbox } from '../../../src/adapters/smtp/outbox.js';
import { removeFromOutbox, usersOfOutbox } from '../../../src/adapters/smtp/outbox-removal.js';
import { aMail } from '../../support/mail/a-mail.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const [erased, other] = [randomUUID(), randomUUID()];

describe('the mails of one user in an outbox', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let outbox: string;
  beforeEach(() => {
    folder = temporaryFolder();
    outbox = path.join(folder.path, 'outbox');
  });
  afterEach(() => folder.remove());

  /** Resolves to the name of its file. */
  async function send(userId: string): Promise<string> {
    const id = randomUUID();
    // One that names somebody else in its text is not theirs.
    await openOutbox(outbox).send(aMail({ messageId: `<${id}@example.com>`, userId, text: erased, html: erased }));
    return `${id}.${userId}.eml`;
  }

  function write(name: string, content: string): string {
    mkdirSync(outbox, { recursive: true });
    writeFileSync(path.join(outbox, name), content);
    return name;
  }

  const remaining = async (): Promise<unknown> => {
    await removeFromOutbox(outbox, erased);
    await removeFromOutbox(outbox, erased);
    return readdirSync(outbox);
  };

  it('are all removed and no other, as often as asked', async () => {
    await removeFromOutbox(outbox, erased);
    const [, , kept] = [await send(erased), await send(erased), await send(other)];
    expect(await remaining()).toEqual([kept]);
  });

  it('are removed also where a crash left one unfinished', async () => {
    write(`.${randomUUID()}.${erased}.eml.${randomUUID()}`, 'From: half of');
    const kept = write(`.${randomUUID()}.${other}.eml.${randomUUID()}`, '');
    expect(await remaining()).toEqual([kept]);
  });

  it('are removed also where a header names the user and the name of the file does not', async () => {
    const header = (userId: string): string => `From: a@example.com\r\nX-Tokenledger-User: ${userId}\r\n\r\n${erased}`;
    write(`${randomUUID()}.eml`, header(erased));
    write(`.${randomUUID()}.eml.${randomUUID()}`, header(erased));
    const kept = write(`${randomUUID()}.eml`, header(other));
    expect(await usersOfOutbox(outbox)).toEqual(expect.arrayContaining([erased, other]));
    expect(await remaining()).toEqual([kept]);
  });

  it('are found by the names of files, without reading all that lies there', async () => {
    for (const userId of [erased, other, other]) write(`${randomUUID()}.${userId}.eml`, '');
    expect((await usersOfOutbox(outbox)).toSorted()).toEqual([erased, other].toSorted());
    const kept = readdirSync(outbox).filter((name) => name.includes(other));
    expect(await remaining()).toEqual(kept);
  });
});
