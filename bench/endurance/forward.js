/**
 * Forwards connections to a port of loopback; who kills this process cuts all of them. Its arguments are the port to forward to and
 * the port to listen on, 0 for any; prints the port once it listens.
 */
import net from 'node:net';
import { announce } from '../lib/lines.js';

const [target, port] = process.argv.slice(2).map(Number);
const server = net.createServer((near) => {
  const far = net.connect(target, '127.0.0.1');
  near.pipe(far).pipe(near);
  const end = () => {
    near.destroy();
    far.destroy();
  };
  for (const socket of [near, far]) socket.on('error', end).on('close', end);
});
server.listen(port, '127.0.0.1', () => announce({ port: server.address().port }));
