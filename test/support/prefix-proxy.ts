import { request, type IncomingMessage, type ServerResponse } from 'node:http';
import { LoopbackServer } from './loopback-server.js';

/** A reverse proxy that passes on what is below a path, without that path, and nothing else. */
export class PrefixProxy extends LoopbackServer {
  /** Where requests go, once it is known: a server is started with the URL of its proxy. */
  target = '';
  /** What was asked for beside that path. */
  readonly strays: string[] = [];

  /** @param prefix with a slash at its beginning and none at its end */
  constructor(prefix: string) {
    super((asked, answer) => {
      const url = asked.url ?? '';
      if (url.startsWith(`${prefix}/`)) this.#pass(asked, answer, url.slice(prefix.length));
      else {
        this.strays.push(url);
        answer.writeHead(404).end();
      }
    });
  }

  #pass(asked: IncomingMessage, answer: ServerResponse, path: string): void {
    const passed = request(this.target + path, { method: asked.method, headers: asked.headers }, (got) => {
      answer.writeHead(got.statusCode ?? 502, got.rawHeaders);
      got.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    asked.pipe(passed);
  }
}
