import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { answerOperator } from '../../src/operator/answer.js';
import type { OperatorDependencies } from '../../src/operator/dependencies.js';
import type { OperatorAccess } from '../../src/operator/operator-file.js';

export interface OperatorServer extends OperatorAccess {
  close(): Promise<void>;
}

/** An operations listener that takes operator's requests and nothing else. */
export async function startOperatorServer(
  dependencies: OperatorDependencies,
  onDefect: (error: unknown) => void = () => undefined,
): Promise<OperatorServer> {
  const token = 'a-token';
  const server: Server = createServer((request, response) => {
    void (async () => {
      const name = /^\/operator\/([\w.-]+)$/.exec(request.url ?? '')?.[1];
      if (name === undefined || request.method !== 'POST') return response.writeHead(404).end();
      if (request.headers.authorization !== `Bearer ${token}`) return response.writeHead(401).end();
      const { status, contentType, body } = await answerOperator(dependencies, name, await json(request), onDefect);
      response.writeHead(status, { 'content-type': contentType });
      if (typeof body === 'string') return response.end(body);
      return pipeline(Readable.from(body), response);
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
