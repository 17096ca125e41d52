import { newFolder, refreshTarget, registered, signedIn, startOurs } from '../lib/installation.js';
import { hasPeer, programOf, SERVER_CORE, start } from '../lib/processes.js';
import { chains, race } from '../lib/race.js';
import { compared } from '../lib/report.js';

const CHAINS = 32;
const AGENT = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36';

/** Rotation on the embedded default against the floor and the peer. */
export async function rotation({ load, rounds, milliseconds }) {
  const ours = await startOurs(newFolder('rotation'));
  const pairs = await signedIn(ours, await registered(ours, 'bench@example.com'), CHAINS);
  const tokens = pairs.map((pair) => pair.refresh_token);
  const servers = { floor: ['servers/floor.js', CHAINS] };
  if (hasPeer()) {
    servers['oidc-provider'] = ['servers/peer.js', CHAINS, 'RS256'];
    servers['oidc-provider, EdDSA'] = ['servers/peer.js', CHAINS, 'EdDSA'];
  }
  const contenders = { ours: chains(load, refreshTarget(ours, { 'User-Agent': AGENT }), tokens, { milliseconds }) };
  const others = [];
  for (const [name, [program, ...args]] of Object.entries(servers)) {
    const server = start(programOf(program), { core: SERVER_CORE, args });
    others.push(server);
    const announced = await server.nextLine();
    contenders[name] = chains(load, announced.target, announced.tokens, { milliseconds });
  }
  // A server takes so long until its code is compiled as well as it will be.
  const { medians, rounds: all } = await race(contenders, { rounds, warmUp: 8 });
  for (const server of [ours, ...others]) await server.stop();
  const figure = { what: `rotation, ${CHAINS} chains`, value: medians.ours, unit: 'rotations/s' };
  const against = (beside, atLeast) => compared({ ...figure, beside, besideValue: medians[beside], atLeast });
  const peers = hasPeer()
    ? [against('oidc-provider', 2.5), { ...against('oidc-provider, EdDSA', 0), wanted: undefined, met: undefined }]
    : [{ what: figure.what, wanted: '≥ 2.5', skipped: 'oidc-provider is not installed (npm --prefix bench ci)' }];
  return { results: [against('floor', 1), ...peers], rounds: all };
}
