import type { MailerOptions } from '../../../src/processors/mail/mailer-options.js';
import { eventually } from '../eventually.js';
import { storesConfigOf, type installationFolder } from '../every-back-end.js';
import { MailWorld, type RunningMailer } from './mail-world.js';
import { RecordingTransport } from './recording-transport.js';

/** A mailer that is started and stopped, over stores of its own; its mails are recorded. */
export class MailerUnderTest {
  readonly transport = new RecordingTransport();
  readonly world: MailWorld;
  readonly #folder: ReturnType<typeof installationFolder>;
  #running: RunningMailer | null = null;

  private constructor(world: MailWorld, folder: ReturnType<typeof installationFolder>) {
    this.world = world;
    this.#folder = folder;
  }

  static async open(folder: ReturnType<typeof installationFolder>): Promise<MailerUnderTest> {
    return new MailerUnderTest(await MailWorld.open(await storesConfigOf(folder.path)), folder);
  }

  async close(): Promise<void> {
    await this.stop();
    await this.world.close();
    await this.#folder.remove();
  }

  async start(options: Partial<MailerOptions> = {}): Promise<RunningMailer> {
    this.#running = await this.world.startMailer(this.transport, options);
    return this.#running;
  }

  async stop(): Promise<void> {
    await this.#running?.stop();
    this.#running = null;
  }

  settled(eventId: string, outcome: string): Promise<void> {
    return eventually(`${eventId} is ${outcome}`, async () => (await this.world.outcomeOf(eventId)) === outcome);
  }

  /** Where the last event before its MailSent stands: nothing is left to do before it. */
  async checkpointOfRest(): Promise<string | undefined> {
    const { events } = await this.world.log.readAll();
    return events.findLast(({ stream }) => stream.kind === 'user')?.position;
  }
}
