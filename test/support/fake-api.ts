/**
 * A server that plays INTERFACE §1 from a script, for tests of the page: it serves public/ and answers in JSON. It keeps what a test
 * has put into it, has no password rules but the length, and signs nothing.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { accountRoutes } from './fake-api-account.js';
import { adminRoutes } from './fake-api-admin.js';
import { deviceRoutes } from './fake-api-devices.js';
import { problem, type FakeAnswer, type FakeRequest } from './fake-answer.js';
import { FakeWorld } from './fake-world.js';
import { auditAnswer } from './fake-audit.js';
import { LoopbackServer } from './loopback-server.js';
import { serveFile } from './public-files.js';

export class FakeApi extends LoopbackServer {
  world = new FakeWorld();

  constructor() {
    super((request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    if (!url.pathname.startsWith('/api/')) {
      serveFile(url.pathname, response);
      return;
    }
    const text = (await request.toArray()).join('');
    const asked: FakeRequest = {
      method: request.method ?? 'GET',
      path: url.pathname.replace('/api/v1/auth', ''),
      query: url.searchParams,
      body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
      headers: request.headers,
    };
    const { world } = this;
    world.requests.push(asked);
    const { status, body, headers } =
      (await world.intercept(asked)) ?? auditAnswer(world.audit, asked) ?? answerOf(world, asked);
    const type = status >= 400 ? 'application/problem+json' : 'application/json';
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', ...headers });
    response.end(body === undefined || typeof body === 'string' ? body : JSON.stringify(body));
  }
}

function answerOf(world: FakeWorld, request: FakeRequest): FakeAnswer {
  const asked = `${request.method} ${request.path}`;
  for (const [route, answer] of [...accountRoutes(world), ...deviceRoutes(world), ...adminRoutes(world)]) {
    const found = route.exec(asked);
    const answered = found && answer(request, found[1] ?? '');
    if (answered) return answered;
  }
  return problem(404, 'not_found');
}
