// @ts-check
/** Answers of this server, kept apart from those of a gateway or of the page of a hotel, which may come in its place with any status. */

/** Longest wait for an answer, its body included. */
const TIMEOUT_MS = 15_000;
/** Ends what waits for an answer that does not come. */
export const inTime = () => AbortSignal.timeout(TIMEOUT_MS);

/** @param {Response} answer @param {string} type */
const isOf = (answer, type) => answer.headers.get('Content-Type')?.split(';')[0]?.trim().toLowerCase() === type;

/** Whether it confirms what was asked for, which has no more to say. @param {Response} answer */
export const isDone = async (answer) => [202, 204].includes(answer.status) && (await answer.text()) === '';

/** Whether it brings what was asked for. @param {Response} answer @param {string} type */
export const brings = (answer, type) => answer.status === 200 && isOf(answer, type);

/** The problem details of a refusal (RFC 9457); null for an answer that is none of this server's. @param {Response} answer @returns {Promise<any>} */
export const problemOf = async (answer) => {
  const problem = isOf(answer, 'application/problem+json') ? await answer.json().catch(() => null) : null;
  return typeof problem?.code === 'string' ? problem : null;
};
