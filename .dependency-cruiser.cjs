/**
 * Who may import whom. Each layer lists what it may reach inside the project; drivers belong to the adapters alone.
 */
const layers = {
  '^src/domain/': ['^src/domain/'],
  '^src/event-store/[^/]+$': ['^src/event-store/[^/]+$', '^src/domain/'],
  '^src/event-store/(embedded|eventstoredb)/': [
    '^src/event-store/$1/',
    '^src/event-store/[^/]+$',
    '^src/domain/',
    '^src/sqlite/',
  ],
  '^src/read-model/[^/]+$': ['^src/read-model/[^/]+$', '^src/event-store/position', '^src/domain/'],
  '^src/read-model/(embedded|mongodb)/': [
    '^src/read-model/$1/',
    '^src/read-model/[^/]+$',
    '^src/event-store/[^/]+$',
    '^src/domain/',
    '^src/sqlite/',
    '^src/mongodb/',
  ],
  '^src/key-store/[^/]+$': ['^src/key-store/[^/]+$', '^src/domain/'],
  '^src/key-store/(embedded|mongodb)/': [
    '^src/key-store/$1/',
    '^src/key-store/[^/]+$',
    '^src/domain/',
    '^src/sqlite/',
    '^src/mongodb/',
  ],
  '^src/sqlite/': ['^src/sqlite/', '^src/domain/'],
  '^src/mongodb/': ['^src/mongodb/', '^src/domain/'],
  '^src/security/': ['^src/security/', '^src/key-store/[^/]+$', '^src/domain/'],
  '^projections/': ['^projections/', '^src/domain/', '^src/(event-store|read-model|key-store)/[^/]+$'],
  '^src/commands/': ['^src/commands/', '^src/domain/', '^src/security/', '^src/(event-store|read-model|key-store)/[^/]+$'],
  '^src/(queries|history)/': [
    '^src/$1/',
    '^src/domain/',
    '^src/security/',
    '^src/(event-store|read-model|key-store)/[^/]+$',
  ],
  '^src/http/': [
    '^src/http/',
    '^src/commands/',
    '^src/queries/',
    '^src/history/',
    '^src/security/',
    '^src/domain/',
    '^src/(event-store|read-model|key-store)/[^/]+$',
  ],
  '^src/schedule/': [
    '^src/schedule/',
    '^src/commands/',
    '^src/queries/',
    '^src/history/',
    '^src/domain/',
    '^src/(event-store|read-model|key-store)/[^/]+$',
  ],
};

const drivers = '^node_modules/(libsql|@eventstore/db-client|mongodb)/';

module.exports = {
  forbidden: [
    ...Object.entries(layers).map(([from, allowed]) => ({
      name: `layer ${from}`,
      severity: 'error',
      comment: `${from} may import only ${allowed.join(', ')}`,
      from: { path: from },
      to: { path: '^(src|projections|scripts|test)/', pathNot: allowed },
    })),
    {
      name: 'domain is pure',
      severity: 'error',
      comment: 'The domain has no I/O, no clock and no randomness: it imports nothing from outside the project.',
      from: { path: '^src/domain/' },
      to: { dependencyTypesNot: ['local', 'type-only', 'type-import'], pathNot: '^src/domain/' },
    },
    {
      name: 'drivers belong to adapters',
      severity: 'error',
      comment: 'Only src/sqlite, src/mongodb and the adapters import a driver.',
      from: {
        path: '^(src|projections|scripts)/',
        pathNot: '^src/(sqlite|mongodb|event-store/eventstoredb|(read-model|key-store)/mongodb)/',
      },
      to: { path: drivers },
    },
    { name: 'no cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'nothing unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'shipped code imports no tests',
      severity: 'error',
      from: { path: '^(src|projections|scripts)/' },
      to: { path: '^test/' },
    },
    {
      name: 'shipped code imports no development packages',
      severity: 'error',
      from: { path: '^(src|projections|scripts)/' },
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
