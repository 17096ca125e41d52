const JSON_TYPE = 'application/json';

/** Presents a refresh token; resolves to its successor, or undefined if it was refused. */
export async function rotate(connection, { path, type, fields, headers }, token) {
  const parameters = { ...fields, refresh_token: token };
  const body = type === JSON_TYPE ? JSON.stringify(parameters) : String(new URLSearchParams(parameters));
  const answer = await connection.request({ path, type, headers, body });
  return answer.status === 200 ? JSON.parse(answer.body).refresh_token : undefined;
}
