import type { Mail, MailTransport } from '../../../src/processors/ports.js';

type Answer = 'sent' | 'refused' | Error | Promise<'sent' | 'refused'>;

/** Takes mails in memory; answers each as the test says, by default as sent. */
export class RecordingTransport implements MailTransport {
  /** Every try, whatever it was answered. */
  readonly tries: Mail[] = [];
  answer: (mail: Mail) => Answer = () => 'sent';

  async send(mail: Mail): Promise<'sent' | 'refused'> {
    this.tries.push(mail);
    const answer = await this.answer(mail);
    if (answer instanceof Error) throw answer;
    return answer;
  }

  /** To whom was tried to send, in order. */
  get recipients(): string[] {
    return this.tries.map(({ to }) => to);
  }
}
