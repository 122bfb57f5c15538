/** The one door to the server: JSON in and out, the CSRF header on writes, and one kind of error. */

import type { Answer, Known, Schemas } from '../../../../api';
import { toJson } from '../../../../shared/wellformed';

export type Query = Record<string, string | number | boolean | readonly string[] | null | undefined>;

/** What the server says when it refuses; all of it may be missing where something else has answered. */
type Refusal = Partial<Schemas['Error']>;

export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status: number,
    readonly body: Refusal = {},
  ) {
    super(message);
  }

  get field(): string | null {
    return typeof this.body.field === 'string' ? this.body.field : null;
  }

  /** What is wrong with the field, or why it is refused, where the code does not say it. */
  get reason(): string | null {
    return typeof this.body.reason === 'string' ? this.body.reason : null;
  }

  /** What belongs to the reason, such as `max`. */
  get values(): Record<string, unknown> {
    return this.body.values ?? {};
  }

  /** True when no answer came, so that nobody knows whether the server did the work. */
  get unanswered(): boolean {
    return this.status === 0;
  }

  /** Worth another try later; any other refusal would come again. */
  get passing(): boolean {
    return this.unanswered || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

/** Whether the same again may succeed: for all but what the server has refused for good. */
export const mayPass = (cause: unknown): boolean => !(cause instanceof ApiError) || cause.passing;

const connection = { csrf: '', onSignedOut: () => {}, onStale: async () => false };

export function setCsrf(token: string): void {
  connection.csrf = token;
}

export function whenSignedOut(callback: () => void): void {
  connection.onSignedOut = callback;
}

/** When the page's token is an older one; where it could be renewed, what was asked is asked again. */
export function whenStale(renew: () => Promise<boolean>): void {
  connection.onStale = renew;
}

export function withQuery(path: string, query?: Query): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {})) {
    if (Array.isArray(value)) for (const one of value) search.append(`${key}[]`, String(one));
    else if (value !== null && value !== undefined && value !== '') search.set(key, String(value));
  }
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}

interface Options {
  query?: Query;
  body?: unknown;
  form?: FormData;
  signal?: AbortSignal;
  timeout?: number;
  /** It goes on when the page does not. */
  keepalive?: boolean;
  /** Under which id what is asked can be taken back. */
  act?: string;
  /** Names one intended change, so that a server that sees it twice makes it once. */
  idempotencyKey?: string;
  /** The epoch of the thread under which a change was composed; a stale one is refused. */
  ownerEpoch?: number | null;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** A request, and what the server's document says of its answer. A path that the document does not have is none. */
export const request = <M extends Method, const P extends string>(method: M, path: P & Known<M, P>, options?: Options) =>
  send(method, path, options) as Promise<Answer<M, P>>;

/** The same where a path is put together, for those who know what answers there. */
export async function send(method: Method, path: string, options: Options = {}): Promise<unknown> {
  try {
    return await sendOnce(method, path, options);
  } catch (cause) {
    if (!(cause instanceof ApiError) || cause.code !== 'csrf' || !(await connection.onStale())) throw cause;
    return sendOnce(method, path, options);
  }
}

async function sendOnce(method: Method, path: string, options: Options): Promise<unknown> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (method !== 'GET') headers['X-CSRF-Token'] = connection.csrf;
  if (options.idempotencyKey) headers['Idempotency-Key'] = options.idempotencyKey;
  if (options.act) Object.assign(headers, { 'X-Act': '1', 'Idempotency-Key': options.act });
  if (options.ownerEpoch !== undefined && options.ownerEpoch !== null)
    headers['X-Owner-Epoch'] = String(options.ownerEpoch);
  if (options.body !== undefined) headers['Content-Type'] = 'application/json';
  const limit = AbortSignal.timeout(options.timeout ?? 30_000);

  let response: Response;
  let payload: Refusal | null;
  try {
    response = await fetch(withQuery(path, options.query), {
      method,
      headers,
      body: options.form ?? (options.body === undefined ? undefined : toJson(options.body)),
      credentials: 'same-origin',
      keepalive: options.keepalive,
      signal: options.signal ? AbortSignal.any([options.signal, limit]) : limit,
    });
    payload = await readJson(response);
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    throw new ApiError('unreachable', 'unreachable', 0);
  }
  if (response.ok) return payload;

  const error = new ApiError(
    typeof payload?.error === 'string' ? payload.error : 'unexpected',
    typeof payload?.message === 'string' ? payload.message : `HTTP ${response.status}`,
    response.status,
    payload ?? {},
  );
  // What is refused until a second factor is set up is so by what the session says, too.
  const signingIn = path === '/console/session' || path === '/console/session/code';
  if ((response.status === 401 && !signingIn) || error.code === 'second_factor_required') connection.onSignedOut();
  throw error;
}

async function readJson(response: Response): Promise<Refusal | null> {
  try {
    return await response.json();
  } catch (cause) {
    if (cause instanceof SyntaxError) return null;
    // It broke off halfway, or nobody wants it any more: that is no answer.
    throw cause;
  }
}

export const get = <const P extends string>(path: P & Known<'GET', P>, query?: Query, signal?: AbortSignal) =>
  request('GET', path, { query, signal });
export const post = <const P extends string>(path: P & Known<'POST', P>, body?: unknown) => request('POST', path, { body });
export const put = <const P extends string>(path: P & Known<'PUT', P>, body?: unknown, query?: Query) =>
  request('PUT', path, { body, query });
export const del = <const P extends string>(path: P & Known<'DELETE', P>) => request('DELETE', path);
