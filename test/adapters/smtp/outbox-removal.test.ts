import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openOutbox } from '../../../src/adapters/smtp/outbox.js';
import { removeFromOutbox, usersOfOutbox } from '../../../src/adapters/smtp/outbox-removal.js';
import { aMail } from '../../support/mail/a-mail.js';
import { outboxFolder } from '../../support/mail/outbox-folder.js';

const [erased, other] = [randomUUID(), randomUUID()];

describe('the mails of one user in an outbox', () => {
  const outbox = outboxFolder();

  /** Resolves to the name of its file. */
  async function send(userId: string): Promise<string> {
    const id = randomUUID();
    // One that names somebody else in its text is not theirs.
    await openOutbox(outbox.path).send(aMail({ messageId: `<${id}@example.com>`, userId, text: erased, html: erased }));
    return `${id}.${userId}.eml`;
  }

  function write(name: string, content: string): string {
    mkdirSync(outbox.path, { recursive: true });
    writeFileSync(path.join(outbox.path, name), content);
    return name;
  }

  const remaining = async (): Promise<unknown> => {
    await removeFromOutbox(outbox.path, erased);
    await removeFromOutbox(outbox.path, erased);
    return readdirSync(outbox.path);
  };

  it('are all removed and no other, as often as asked', async () => {
    await removeFromOutbox(outbox.path, erased);
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
    expect(await usersOfOutbox(outbox.path)).toEqual(expect.arrayContaining([erased, other]));
    expect(await remaining()).toEqual([kept]);
  });

  it('are found by the names of files, without reading all that lies there', async () => {
    for (const userId of [erased, other, other]) write(`${randomUUID()}.${userId}.eml`, '');
    expect((await usersOfOutbox(outbox.path)).toSorted()).toEqual([erased, other].toSorted());
    const kept = readdirSync(outbox.path).filter((name) => name.includes(other));
    expect(await remaining()).toEqual(kept);
  });
});
