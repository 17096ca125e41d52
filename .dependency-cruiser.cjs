/**
 * Who may import whom. Each room lists what it may reach inside the project; drivers belong to the adapters alone.
 */
const PORTS = '^src/(event-store|read-model|key-store)/|^src/processors/ports\\.ts$|^src/audit/leaf-hashes\\.ts$';
// Where spans begin. Whatever does some work may have it traced.
const TELEMETRY = '^src/telemetry/';
// What the configuration means, and the files that it names.
const CONFIG = '^src/config(/|\\.ts$)';

const rooms = {
  '^src/domain/': ['^src/domain/'],
  '^src/event-store/': ['^src/event-store/', '^src/key-store/', '^src/domain/', TELEMETRY],
  '^src/read-model/': ['^src/read-model/', '^src/event-store/position', '^src/domain/'],
  '^src/key-store/': ['^src/key-store/', '^src/event-store/position', '^src/domain/'],
  '^projections/': ['^projections/', '^src/domain/', '^src/event-store/(event-log|position)', '^src/read-model/documents'],
  '^src/processors/': [
    '^src/processors/',
    '^projections/',
    '^src/commands/',
    '^src/queries/',
    '^src/audit/',
    '^src/security/',
    '^src/domain/',
    TELEMETRY,
    PORTS,
  ],
  '^src/security/': ['^src/security/', '^src/domain/', PORTS],
  '^src/commands/': ['^src/commands/', '^src/security/', '^src/domain/', TELEMETRY, PORTS],
  '^src/telemetry/': ['^src/telemetry/'],
  '^src/queries/': ['^src/queries/', '^src/security/', '^src/domain/', PORTS],
  // What auditors ask of the log. `queries` do not reach it: they answer clients.
  '^src/audit/': ['^src/audit/', '^projections/collections', '^src/security/', '^src/domain/', PORTS],
  '^src/http/': [
    '^src/http/',
    '^src/commands/',
    '^src/queries/',
    '^src/audit/',
    '^src/security/',
    '^src/domain/',
    TELEMETRY,
    PORTS,
  ],
  // What the operator's tool may ask. It answers in the shapes of the API, and who opens the stores for it is `compose`.
  '^src/operator/': [
    '^src/operator/',
    '^src/commands/',
    '^src/queries/',
    '^src/processors/',
    '^src/audit/',
    '^src/security/',
    '^src/domain/',
    '^src/http/(device|user)-views\\.ts$',
    '^src/config/make-folder\\.ts$',
    PORTS,
  ],
  // Limits of passwords and devices are defined where they are kept.
  [CONFIG]: [CONFIG, '^src/domain/', '^src/security/'],
  // Puts everything together, so it reaches every room of the server; nothing of them reaches it.
  '^src/compose(/|\\.ts$)': ['^src/(?!main\\.ts$)', '^projections/collections'],
  // Starts what `compose` puts together, and says why it cannot.
  '^src/main\\.ts$': [
    CONFIG,
    '^src/compose(/(application|idle-memory|listen|refused-start))?\\.ts$',
    '^src/http/[a-z-]+\\.ts$',
    '^src/operator/',
  ],
  '^scripts/': [
    '^scripts/',
    '^src/(commands|queries|processors|operator|security|audit)/',
    '^src/compose(/|\\.ts$)',
    CONFIG,
    // What is described is the table of routes.
    '^src/http/(openapi|routes)/',
    '^src/domain/',
    PORTS,
  ],
  // Runs in browsers: whatever it needs of the server it asks over HTTP.
  '^public/': ['^public/'],
  // One technology a folder: an adapter reaches its own folder and the ports, and no other adapter.
  '^src/adapters/([^/]+)/': ['^src/adapters/$1/', '^src/domain/', '^src/security/limits/', PORTS],
};

const DRIVERS = '^node_modules/(libsql|@eventstore/db-client|mongodb|nodemailer)/';

module.exports = {
  forbidden: [
    ...Object.entries(rooms).map(([from, allowed]) => ({
      name: `room ${from}`,
      severity: 'error',
      comment: `${from} may import only ${allowed.join(', ')}`,
      from: { path: from },
      to: { path: '^(src|projections|scripts|public|test)/', pathNot: allowed },
    })),
    {
      name: 'domain is pure',
      severity: 'error',
      comment: 'The domain has no I/O, no clock and no randomness: it imports nothing from outside the project.',
      from: { path: '^src/domain/' },
      to: { dependencyTypesNot: ['local', 'type-only', 'type-import'], pathNot: '^src/domain/' },
    },
    {
      name: 'projections are pure',
      severity: 'error',
      comment: 'Reducers have no I/O either.',
      from: { path: '^projections/' },
      to: { pathNot: '^(projections|src)/' },
    },
    {
      name: 'pages are whole',
      severity: 'error',
      comment: 'No bundler resolves a package for a browser.',
      from: { path: '^public/' },
      to: { pathNot: '^public/' },
    },
    {
      name: 'drivers belong to adapters',
      severity: 'error',
      comment: 'Only src/adapters imports a driver.',
      from: { path: '^(src|projections|scripts)/', pathNot: '^src/adapters/' },
      to: { path: DRIVERS },
    },
    {
      name: 'adapters are loaded when they are chosen',
      severity: 'error',
      comment: 'Which technology is used is known from the configuration. What only knows folders of ours is always used.',
      from: { path: '^(src|projections|scripts)/', pathNot: '^src/adapters/' },
      to: { path: '^src/adapters/', pathNot: '^src/adapters/files/', dynamic: false, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'each file is in a room',
      severity: 'error',
      comment: 'A new room needs its rule above.',
      from: { path: '^(src|projections|scripts)/', pathNot: Object.keys(rooms) },
      to: {},
    },
    {
      name: 'one module names the tracer',
      severity: 'error',
      comment: 'Only src/telemetry knows how spans are recorded.',
      from: { path: '^(src|projections|scripts)/', pathNot: '^src/telemetry/' },
      to: { path: '^node_modules/@opentelemetry/' },
    },
    {
      name: 'no cycles',
      severity: 'error',
      comment: 'Types alone may refer to each other: nothing is loaded for them.',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'nothing unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'shipped code imports no tests and no examples',
      severity: 'error',
      from: { path: '^(src|projections|scripts)/' },
      to: { path: '^(test|examples)/' },
    },
    {
      name: 'shipped code imports no development packages',
      severity: 'error',
      // The build itself is no part of what ships.
      from: { path: '^(src|projections|scripts)/', pathNot: '^scripts/build/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    preserveSymlinks: true,
    tsConfig: { fileName: 'tsconfig.json' },
    exclude: { path: '^dist/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
