import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server';

/** A mail that a server has taken in whole, whatever it answered then. */
export interface TakenMail {
  readonly to: string;
  readonly messageId: string;
  readonly raw: string;
}

/** What a server does once it has a whole mail: takes it, answers with a code, or ends without an answer. */
type AfterData = 'take' | 'cut' | { readonly code: number } | { readonly slowMs: number };

/** A real SMTP server on loopback that does as the test says. */
export class SmtpTestServer {
  readonly taken: TakenMail[] = [];
  /** The answer to RCPT TO: null takes it. */
  recipientCode: (address: string) => number | null = () => null;
  senderCode: number | null = null;
  afterData: () => AfterData = () => 'take';
  #port = 0;
  #server: SMTPServer;
  readonly #options: SMTPServerOptions;

  private constructor(options: SMTPServerOptions) {
    this.#options = options;
    this.#server = this.#create();
  }

  static async start(options: SMTPServerOptions = {}): Promise<SmtpTestServer> {
    const server = new SmtpTestServer(options);
    await server.#listen();
    return server;
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.#port}`;
  }

  /** Down: connections are refused, until it is up again at the same port. */
  async down(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async up(): Promise<void> {
    this.#server = this.#create();
    await this.#listen();
  }

  async #listen(): Promise<void> {
    const server = this.#server.listen(this.#port, '127.0.0.1');
    if (!server.listening) await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
  }

  #create(): SMTPServer {
    const server = new SMTPServer({
      ...{ authOptional: true, closeTimeout: 50, logger: false },
      onMailFrom: (_, __, done) => done(refusal(this.senderCode)),
      onRcptTo: ({ address }, _, done) => done(refusal(this.recipientCode(address))),
      onData: (stream, session, done) => void this.#receive(stream, session, done),
      ...this.#options,
    });
    // A connection that breaks off is part of the tests.
    server.on('error', () => undefined);
    return server;
  }

  async #receive(
    stream: SMTPServerDataStream,
    session: SMTPServerSession,
    done: (error?: Error | null) => void,
  ): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    const raw = Buffer.concat(chunks).toString();
    const messageId = /^Message-ID: (.*)$/im.exec(raw)?.[1]?.trim() ?? '';
    this.taken.push({ to: session.envelope.rcptTo[0]?.address ?? '', messageId, raw });
    const after = this.afterData();
    if (after === 'take') done();
    else if (after === 'cut') this.#cut();
    else if ('code' in after) done(refusal(after.code));
    else setTimeout(done, after.slowMs).unref();
  }

  /** As a server that is killed between the mail and its answer. */
  #cut(): void {
    const { connections } = this.#server as unknown as { connections: Set<{ _socket: { destroy(): void } }> };
    for (const { _socket: socket } of connections) socket.destroy();
  }
}

function refusal(code: number | null): Error | null {
  if (code === null) return null;
  return Object.assign(new Error('5.1.1 <ada@example.com> said no'), { responseCode: code });
}
