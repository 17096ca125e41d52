import type { RegisteredCommand } from './cli/command.js';

/** Every command, in the order in which they are listed. */
export const COMMANDS: readonly RegisteredCommand[] = [
  {
    name: 'users',
    summary: 'finds users, ends sessions, disables, erases, grants roles, starts resets',
    load: () => import('./commands/users.js'),
  },
  {
    name: 'keys',
    summary: 'lists, makes, rotates or replaces the keys of an installation',
    load: () => import('./commands/keys.js'),
  },
  {
    name: 'backup',
    summary: 'copies log, users’ keys and key file into a folder, also while a server runs',
    load: () => import('./commands/backup.js'),
  },
  {
    name: 'restore',
    summary: 'puts a backup into an empty DATA_DIR and marks the log as restored',
    load: () => import('./commands/restore.js'),
  },
  {
    name: 'log',
    summary: 'marks the log as restored, or leaves an event of somebody else out',
    load: () => import('./commands/log.js'),
  },
  {
    name: 'audit',
    summary: 'what happened to a user, how things stood, thefts; verifies, proves, exports and imports the log',
    load: () => import('./commands/audit.js'),
  },
  {
    name: 'archive',
    summary: 'moves old events out of the log into an archive beside it',
    load: () => import('./commands/archive.js'),
  },
  {
    name: 'rebuild',
    summary: 'builds the read model from the log and compares it with the live one',
    load: () => import('./commands/rebuild.js'),
  },
  {
    name: 'seed',
    summary: 'fills an installation with realistic histories',
    load: () => import('./commands/seed.js'),
  },
  {
    name: 'docs',
    summary: 'writes the reference of the configuration into the documents',
    load: () => import('./commands/docs.js'),
  },
  {
    name: 'healthcheck',
    summary: 'asks the server of this container whether it is well',
    load: () => import('./commands/healthcheck.js'),
  },
];
