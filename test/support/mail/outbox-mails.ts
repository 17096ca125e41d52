import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { eventually } from '../eventually.js';

/** A mail in the outbox of an installation without a mail server. */
export interface OutboxMail {
  readonly to: string;
  readonly subject: string;
  /** The address that its text leads to; null if it has no code. */
  readonly link: string | null;
  readonly raw: string;
}

/** The finished mails in the outbox of a data folder. */
export function outboxMails(dataDir: string): OutboxMail[] {
  const folder = path.join(dataDir, 'outbox');
  const names = existsSync(folder)
    ? readdirSync(folder).filter((name) => name.endsWith('.eml') && !name.startsWith('.'))
    : [];
  return names.flatMap((name) => {
    const raw = textOf(path.join(folder, name));
    return raw === null ? [] : [mailOf(raw)];
  });
}

/** Null for a mail that was removed since its folder was read. */
function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Resolves to the first mail to an address whose subject has some words, once it is there. */
export async function outboxMail(dataDir: string, to: string, words: string): Promise<OutboxMail> {
  const find = (): OutboxMail | undefined =>
    outboxMails(dataDir).find((mail) => mail.to === to && mail.subject.includes(words));
  await eventually(`a mail to ${to}: ${words}`, () => find() !== undefined);
  return find()!;
}

function mailOf(raw: string): OutboxMail {
  const header = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(raw)?.[1]?.trim() ?? '';
  const link = /^https?:\/\/\S+#code=\S+/m.exec(raw)?.[0] ?? null;
  return { to: header('To'), subject: header('Subject'), link, raw };
}
