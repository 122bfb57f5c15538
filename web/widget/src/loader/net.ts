import { toJson } from '../../../shared/wellformed';
import type { Config, SessionAnswer, Visitor } from '../shared/types';

type Answer<T> = T & { status: number };

/** Never throws: when the server is away, or a proxy answers in its place, the status is 0. */
async function call<T>(url: string, body?: unknown): Promise<Answer<T>> {
  try {
    const headers = { 'Content-Type': 'application/json' };
    const answer = await fetch(url, body ? { method: 'POST', headers, body: toJson(body) } : {});
    return { ...(await answer.json()), status: answer.status };
  } catch {
    return { status: 0 } as Answer<T>;
  }
}

export const fetchConfig = (base: string): Promise<Answer<Config>> => call(`${base}/config`);

/** Opens or renews the session; the answer's secret is what makes this browser the same visitor again. */
export const openSession = (base: string, visitor: Visitor): Promise<SessionAnswer> =>
  call(`${base}/session`, { ...visitor, page: { url: location.href, title: document.title } });

/** A failure removes the tag again, so that the next try starts afresh. */
export function loadScript(src: string): Promise<boolean> {
  return new Promise((done) => {
    const script = document.createElement('script');
    script.src = src;
    script.onload = () => done(true);
    script.onerror = () => {
      script.remove();
      done(false);
    };
    document.head.append(script);
  });
}
