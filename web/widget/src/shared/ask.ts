import { Own } from './calm';
import { pack } from './json';

/** Longest that an answer is waited for before the page goes on without it, in milliseconds. */
const PATIENCE = 5000;

/** Asks the server; when it is away, too slow, or a proxy answers in its place, the status is 0. Never fails. */
export function ask<T>(url: string, body?: object): Promise<Partial<T> & { status: number }> {
  return new Own((done) => {
    const request = new XMLHttpRequest();
    request.onloadend = () => done({ ...request.response, status: request.response ? request.status : 0 });
    request.open(body ? 'POST' : 'GET', url);
    request.responseType = 'json';
    request.timeout = PATIENCE;
    if (body) request.setRequestHeader('Content-Type', 'application/json');
    try {
      request.send(body ? pack(body) : null);
    } catch {
      // What the page says of a person may have no end.
      done({ status: 0 } as never);
    }
  });
}
