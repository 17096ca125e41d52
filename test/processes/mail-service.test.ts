/** What mails call the service: what its users know, which behind a proxy is not where the server listens. */
import { describe, expect, it } from '@jest/globals';
import { ApiClient } from '../support/api-client.js';
import { outboxMail } from '../support/mail/outbox-mails.js';
import { ownServer } from '../support/own-server.js';
import { freshCredentials } from '../support/running-app.js';

const own = ownServer();

describe('a mail', () => {
  it('names the host of PUBLIC_URL, to which its link leads', async () => {
    const { url } = await own.start({ PUBLIC_URL: 'https://accounts.example.com/id' });
    const { email, password } = freshCredentials();
    await new ApiClient(url).register({ email, password });
    const { subject, link, raw } = await outboxMail(own.folder, email, 'Confirm');
    expect(subject).toBe('Confirm your e-mail address for accounts.example.com');
    expect(link).toMatch(/^https:\/\/accounts\.example\.com\/id\/verify#code=/);
    // The Message-ID stays that of the log: a mail that is sent again has the same one.
    expect(raw.replace(/^Message-ID: .*$/m, '')).not.toContain(new URL(url).host);
  });
});
