const MAX_VIOLATIONS = 100;
const SAMPLED = 500;

/** What was acknowledged to clients, to be compared with the log afterwards, and what was seen to be wrong. */
export class Ledger {
  /** The ids of the tokens that clients were given: each is the id of an event. */
  tokenIds = new Set();
  endedSids = new Set();
  /** What must be nowhere at rest: passwords, and some of the tokens. */
  secrets = [];
  /** Addresses of deleted accounts: they must be nowhere either. */
  erasures = [];
  violations = [];
  #seen = 0;

  issued(refreshToken, accessToken) {
    this.tokenIds.add(JSON.parse(Buffer.from(refreshToken.split('.')[1], 'base64url').toString()).jti);
    this.#seen += 1;
    // By signature: a token's other parts hold what is no secret.
    if (this.#seen <= SAMPLED) this.secrets.push(...[refreshToken, accessToken].map((token) => token.split('.')[2]));
  }

  ended(sid) {
    this.endedSids.add(sid);
  }

  secret(text) {
    this.secrets.push(text);
  }

  erased(email) {
    this.erasures.push(email);
  }

  violation(guarantee, what) {
    if (this.violations.length < MAX_VIOLATIONS) this.violations.push(`${guarantee}: ${what}`);
  }
}
