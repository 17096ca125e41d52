// @ts-check
/**
 * The path below which the pages and the API are, with a slash at its end: `/`, or `/auth/` where a proxy passes on what is below that.
 * Found by where this module is, which no address of a page changes.
 */
// Not two slashes, which would begin the name of another host.
export const ROOT = new URL('..', import.meta.url).pathname.replace(/^\/+/, '/');
/** What the pages keep is kept by origin, and another installation may be below another path of it. */
export const STORAGE_KEY = `tokenledger${ROOT}`.replace(/\/$/, '');
