import { request, type IncomingMessage, type ServerResponse } from 'node:http';
import { LoopbackServer } from './loopback-server.js';

/** A reverse proxy that passes on what is below some paths, each to its server and without that path, and nothing else. */
export class PrefixProxy extends LoopbackServer {
  /** Where requests go, once it is known: a server is started with the URL of its proxy. Paths have a slash at their beginning alone. */
  readonly targets = new Map<string, string>();
  /** What was asked for beside these paths. */
  readonly strays: string[] = [];

  constructor() {
    super((asked, answer) => {
      const url = asked.url ?? '';
      const found = [...this.targets].find(([prefix]) => url.startsWith(`${prefix}/`));
      if (found !== undefined) this.#pass(asked, answer, found[1] + url.slice(found[0].length));
      else {
        this.strays.push(url);
        answer.writeHead(404).end();
      }
    });
  }

  #pass(asked: IncomingMessage, answer: ServerResponse, url: string): void {
    const passed = request(url, { method: asked.method, headers: asked.headers }, (got) => {
      answer.writeHead(got.statusCode ?? 502, got.rawHeaders);
      got.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    asked.pipe(passed);
  }
}
