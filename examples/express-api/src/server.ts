/** An API of its own, which takes the access tokens of tokenledger. */
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import { accessToken } from './access-token.js';

const { ISSUER = 'http://127.0.0.1:8080', PORT = '3001', ALLOWED_ORIGIN = 'http://127.0.0.1:4173' } = process.env;
const { API_URL = `http://127.0.0.1:${PORT}` } = process.env;

/** Lets the pages of one other origin in (CORS); they send no cookies. */
const allowOrigin: RequestHandler = (request, response, next) => {
  response.set({
    'Access-Control-Allow-Origin': ALLOWED_ORIGIN,
    'Access-Control-Allow-Headers': 'Authorization, DPoP',
    // What a client that makes proofs reads: why one was refused, and the time here.
    'Access-Control-Expose-Headers': 'WWW-Authenticate, Date',
    Vary: 'Origin',
  });
  if (request.method === 'OPTIONS') response.sendStatus(204);
  else next();
};

// eslint-disable-next-line @typescript-eslint/no-unused-vars -- Express knows an error handler by its four parameters.
const onError: ErrorRequestHandler = (error: unknown, _request, response, _next) => {
  console.error(error);
  response.status(503).json({ error: 'unavailable' });
};

const app = express();
app.disable('x-powered-by');
app.use(allowOrigin);
app.get('/orders', accessToken({ issuer: ISSUER, publicUrl: API_URL }), ({ token }, response) => {
  response.json({ user: token?.sub, orders: [{ id: 1, item: 'Tea' }] });
});
app.use(onError);
app.listen(Number(PORT), '127.0.0.1', () => console.log(API_URL));
