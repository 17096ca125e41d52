import { whole } from './checks.js';
import { withDefault } from './variable.js';

const MAX = 1_000_000;

/** What limits guessing, flooding and enumeration. */
export const LIMIT_VARIABLES = {
  LIMIT_ROTATIONS_PER_HOUR: withDefault(whole(0, MAX), '600', 'Rotations of one session in an hour; 0 for no limit.'),
  LIMIT_SIGN_IN_FAILURES_PER_ACCOUNT_PER_HOUR: withDefault(
    whole(1, MAX),
    '100',
    'Failed sign-ins of one account in an hour, over all networks.',
  ),
  LIMIT_SIGN_IN_FAILURES_PER_ACCOUNT_AND_NETWORK: withDefault(
    whole(1, MAX),
    '20',
    'Failed sign-ins of one account from one network in 15 minutes.',
  ),
  LIMIT_SIGN_IN_FAILURES_PER_NETWORK: withDefault(whole(1, MAX), '300', 'Failed sign-ins from one network in 15 minutes.'),
  LIMIT_KNOWN_DEVICE_FAILURES: withDefault(
    whole(1, MAX),
    '20',
    'Failed sign-ins in 15 minutes of a device that has signed in to the account before.',
  ),
  LIMIT_KNOWN_DEVICES_FAILURES_PER_HOUR: withDefault(
    whole(1, MAX),
    '100',
    'Failed sign-ins in an hour of all known devices of one account together.',
  ),
  LIMIT_REGISTRATIONS_PER_NETWORK_PER_HOUR: withDefault(whole(1, MAX), '60', 'Registrations from one network in an hour.'),
  LIMIT_MAIL_REQUESTS_PER_NETWORK_PER_HOUR: withDefault(
    whole(1, MAX),
    '30',
    'Requests for a mail (for passwords and addresses each) from one network in an hour.',
  ),
  LIMIT_MAILS_PER_ADDRESS_PER_HOUR: withDefault(whole(1, MAX), '3', 'Mails of one kind to one address in an hour.'),
  LIMIT_MUTATIONS_PER_HOUR: withDefault(
    whole(1, MAX),
    '300',
    'Changes in an hour that one signed-in user may make to sessions, devices and password.',
  ),
  LIMIT_ANONYMOUS_REQUESTS_PER_NETWORK: withDefault(
    whole(1, MAX),
    '300',
    'Requests from one network in 15 minutes that try the code of a mail (for passwords and addresses each), and failed ' +
      'authentications of OAuth clients (of each registered client with a secret, and of all other names together).',
  ),
} as const;
