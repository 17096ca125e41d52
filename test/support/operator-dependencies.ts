import type { OperatorDependencies } from '../../src/operator/dependencies.js';

/** What operations work with; a part that no script was given for fails loudly. */
export function operatorDependencies(scripted: Partial<OperatorDependencies> = {}): OperatorDependencies {
  const unscripted = (name: string) => (): never => {
    throw new Error(`${name} was not expected`);
  };
  return {
    isServer: false,
    keys: {
      list: unscripted('keys.list'),
      prepare: unscripted('keys.prepare'),
      rotate: unscripted('keys.rotate'),
      rewrap: unscripted('keys.rewrap'),
      integrity: unscripted('keys.integrity'),
      reload: unscripted('keys.reload'),
    },
    proofs: {
      verify: unscripted('verify'),
      checkpoint: unscripted('checkpoint'),
      key: unscripted('key'),
      prove: unscripted('prove'),
      export: unscripted('export'),
    },
    archives: { archive: unscripted('archive') },
    backup: {
      exportLog: unscripted('exportLog'),
      userKeys: { copy: unscripted('userKeys.copy') },
      keysFile: '/none',
      dataDir: '/none',
      erasedList: null,
      now: unscripted('now'),
    },
    users: unscripted('users'),
    userAudit: unscripted('userAudit'),
    rebuild: unscripted('rebuild'),
    markRestored: unscripted('markRestored'),
    disown: unscripted('disown'),
    ...scripted,
  };
}
