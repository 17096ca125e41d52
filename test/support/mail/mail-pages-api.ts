import type { IncomingMessage, ServerResponse } from 'node:http';
import { LoopbackServer } from '../loopback-server.js';
import { serveFile } from '../public-files.js';

export interface ScriptedAnswer {
  readonly status: number;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Serves the pages behind the links in mails, and answers each POST as the test says; a GET beside the pages is `/me`. */
export class MailPagesApi extends LoopbackServer {
  /** What was sent to the API. */
  readonly requests: { readonly path: string; readonly body: unknown; readonly cookie: string | undefined }[] = [];
  /** Everything that was asked for, with its query. */
  readonly urls: string[] = [];
  answer: () => ScriptedAnswer | Promise<ScriptedAnswer> = () => ({ status: 204 });
  me: ScriptedAnswer = { status: 401, body: { code: 'token_invalid' } };

  constructor() {
    super((request, response) => void this.#respond(request, response));
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = request.url ?? '/';
    this.urls.push(`${request.method ?? ''} ${url}`);
    if (!url.startsWith('/api/')) {
      serve(url, response);
      return;
    }
    const text = Buffer.concat((await request.toArray()) as Buffer[]).toString();
    if (request.method === 'POST') {
      const body: unknown = text === '' ? null : JSON.parse(text);
      this.requests.push({ path: url, body, cookie: request.headers.cookie });
    }
    const { status, body, headers } = request.method === 'POST' ? await this.answer() : this.me;
    response.writeHead(status, {
      'content-type': status < 400 ? 'application/json' : 'application/problem+json',
      ...headers,
    });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  }
}

/** Serves the pages of the links at their short addresses. */
function serve(url: string, response: ServerResponse): void {
  serveFile(url === '/verify' || url === '/reset' ? `${url}.html` : url, response);
}
