import { RefusedEventError } from '../event-store/event-log.js';

/** A sentence for an event of the log's own stream that ends a start: which it is, and what to do. Null for any other error. */
export function refusedStart(error: unknown): string | null {
  return error instanceof RefusedEventError ? `${error.message}. ${whatToDoAbout(error)}` : null;
}

function whatToDoAbout({ kind, stream, revision }: RefusedEventError): string {
  switch (kind) {
    case 'key_missing':
      return 'Put the newest key file back.';
    case 'newer':
      return 'Start the version of tokenledger that wrote it, or a newer one.';
    case 'altered':
      // Without its first event no other event of the log can be checked.
      if (revision === 0)
        return 'Restore a backup, or set STREAM_PREFIX to another if this installation is to be a new one.';
      return `If another program wrote it, leave it out by \`npx tokenledger log disown ${stream} ${revision} --yes\`; if not, restore a backup.`;
  }
}
