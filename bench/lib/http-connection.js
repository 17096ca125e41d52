import { connect } from 'node:net';

const HEAD_END = Buffer.from('\r\n\r\n');

/**
 * One kept-alive HTTP/1.1 connection, one request at a time. It does the least a client can, so the load's processor is not what
 * limits a server: answers must have a Content-Length or no body.
 */
export class HttpConnection {
  #socket;
  #host;
  #received = Buffer.alloc(0);
  #waiting = null;

  constructor(origin) {
    const { hostname, port, host } = new URL(origin);
    this.#host = host;
    this.#socket = connect({ host: hostname, port: Number(port), noDelay: true });
    this.#socket.on('data', (bytes) => this.#take(bytes));
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', () => this.#fail(new Error('the server closed the connection')));
  }

  /** Resolves to `{status, body, position}`: the body as text, and where the log stands (`Log-Position`), if that is answered. */
  request({ method = 'POST', path, type, headers = {}, body = '' }) {
    const lines = [`${method} ${path} HTTP/1.1`, `Host: ${this.#host}`, `Content-Length: ${Buffer.byteLength(body)}`];
    if (type !== undefined) lines.push(`Content-Type: ${type}`);
    for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
    this.#socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  close() {
    this.#waiting = null;
    this.#socket.destroy();
  }

  #take(bytes) {
    this.#received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes]);
    const headEnd = this.#received.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const head = this.#received.latin1Slice(0, headEnd);
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    const bodyBegin = headEnd + HEAD_END.length;
    if (this.#received.length < bodyBegin + length) return;
    const position = /\r\nlog-position: *([^\r]+)/i.exec(head)?.[1];
    const body = this.#received.utf8Slice(bodyBegin, bodyBegin + length);
    this.#received = this.#received.subarray(bodyBegin + length);
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.resolve({ status: Number(head.slice(9, 12)), body, position });
  }

  #fail(error) {
    this.#waiting?.reject(error);
    this.#waiting = null;
  }
}
