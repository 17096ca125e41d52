import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Transporter } from 'nodemailer';
import type StreamTransport from 'nodemailer/lib/stream-transport/index.js';
import { MailDelayedError, type Mail, type MailTransport } from '../../processors/ports.js';
import { messageOptions } from './message-options.js';
import { outboxFileName } from './outbox-removal.js';

const OWNER_ONLY_FOLDER = 0o700;
const OWNER_ONLY = 0o600;
const SAFE_NAME = /^<([\w-]+)@/;

/**
 * Mails as .eml files in a folder, for an installation without a mail server. A file is named after the mail's event and user, so a
 * mail that is sent again takes the place of the first, and those of an erased user are found. The files hold codes: only their
 * owner can read them.
 */
export function openOutbox(folder: string): MailTransport {
  let composer: ReturnType<typeof openComposer> | null = null;
  return {
    send: async (mail) => {
      try {
        const { message } = await (await (composer ??= openComposer())).sendMail(messageOptions(mail));
        await writePrivately(folder, nameOf(mail), message as Buffer);
      } catch (error) {
        throw new MailDelayedError(`outbox: ${(error as NodeJS.ErrnoException).code ?? (error as Error).name}`);
      }
      return 'sent';
    },
  };
}

/** What writes a mail out as it would be sent; loaded for the first mail, since most processes never write one. */
async function openComposer(): Promise<Transporter<StreamTransport.SentMessageInfo>> {
  const { createTransport } = await import('nodemailer');
  return createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
}

function nameOf({ messageId, userId }: Mail): string {
  const id = SAFE_NAME.exec(messageId)?.[1];
  if (id === undefined) throw new TypeError('a Message-ID begins with the id of an event');
  return outboxFileName(id, userId);
}

/** Whole or not at all, and on the disk when it resolves. */
async function writePrivately(folder: string, name: string, content: Buffer): Promise<void> {
  await mkdir(folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
  const unfinished = path.join(folder, `.${name}.${randomUUID()}`);
  try {
    const file = await open(unfinished, 'wx', OWNER_ONLY);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, path.join(folder, name));
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  await flushFolder(folder);
}

/** Flushes the folder, so that the entry of a new file survives a power failure. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
