import { createServer, connect, type Server, type Socket } from 'node:net';
import { once } from 'node:events';

/** Stands between a client and a server on loopback, and can fail in the ways a network does. */
export class TcpProxy {
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;
  #port = 0;
  #silent = false;

  private constructor(target: number) {
    this.#target = target;
  }

  static async before(targetPort: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(targetPort);
    await proxy.listen();
    return proxy;
  }

  get port(): number {
    return this.#port;
  }

  /** Accepts connections, again at the same port. */
  async listen(): Promise<void> {
    this.#silent = false;
    this.#server = createServer((client) => this.#join(client));
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (address !== null && typeof address === 'object') this.#port = address.port;
  }

  /** Cuts all connections; new ones are taken. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Cuts all connections and refuses new ones. */
  async refuse(): Promise<void> {
    const closed = this.#server === null ? null : once(this.#server, 'close');
    this.#server?.close();
    this.#server = null;
    this.cut();
    await closed;
  }

  /** Passes nothing on any more: connections stay, and new ones are taken, but nobody answers. */
  fallSilent(): void {
    this.#silent = true;
  }

  #join(client: Socket): void {
    const server = connect(this.#target, '127.0.0.1');
    this.#pass(client, server);
    this.#pass(server, client);
  }

  #pass(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.on('data', (data) => {
      if (!this.#silent) to.write(data);
    });
    // An end that was cut says so as an error; to the other one it is an end like any other.
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }
}
