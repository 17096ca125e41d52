/**
 * A mailer in a process of its own: `mailing-process.js STORES SMTP_URL`, the former as JSON. With `HANG_AFTER_SENDING` it says so on its output once the
 * mail server has taken a mail, and goes no further: there it can be killed.
 */
import { openSmtp } from '../../../src/adapters/smtp/smtp-transport.js';
import type { StoresConfig } from '../../../src/compose/stores.js';
import type { MailTransport } from '../../../src/processors/ports.js';
import { MailWorld } from './mail-world.js';

const [stores = '', url = '', mode] = process.argv.slice(2);
const smtp = openSmtp({ url });
const hanging: MailTransport = {
  send: async (mail) => {
    await smtp.send(mail);
    process.stdout.write('taken\n');
    return new Promise(() => undefined);
  },
};
const world = await MailWorld.open(JSON.parse(stores) as StoresConfig);
await world.startMailer(mode === 'HANG_AFTER_SENDING' ? hanging : smtp, {
  onOutcome: (kind, outcome) => process.stdout.write(`${kind} ${outcome}\n`),
});
process.stdout.write('started\n');
