import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openOutbox } from '../../../src/adapters/smtp/outbox.js';
import { openSmtp } from '../../../src/adapters/smtp/smtp-transport.js';
import { mailTransportContract } from '../../contract/mail-transport.js';
import { SmtpTestServer } from '../../support/mail/smtp-test-server.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

mailTransportContract('SMTP', async () => {
  const server = await SmtpTestServer.start();
  return {
    transport: openSmtp({ url: server.url }),
    sources: () => Promise.resolve(server.taken.map(({ raw }) => raw)),
    breakDown: () => server.down(),
    repair: () => server.up(),
    close: () => server.down(),
  };
});

mailTransportContract('outbox', () => {
  const folder = temporaryFolder();
  const [outbox, aside] = [path.join(folder.path, 'outbox'), path.join(folder.path, 'aside')];
  return Promise.resolve({
    transport: openOutbox(outbox),
    sources: () => {
      const names = existsSync(outbox) ? readdirSync(outbox) : [];
      return Promise.resolve(names.map((name) => readFileSync(path.join(outbox, name), 'utf8')));
    },
    breakDown: () => {
      if (existsSync(outbox)) renameSync(outbox, aside);
      writeFileSync(outbox, '');
      return Promise.resolve();
    },
    repair: () => {
      rmSync(outbox);
      if (existsSync(aside)) renameSync(aside, outbox);
      return Promise.resolve();
    },
    close: () => {
      folder.remove();
      return Promise.resolve();
    },
  });
});
