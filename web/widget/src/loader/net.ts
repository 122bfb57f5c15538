import { Own } from '../shared/calm';
import type { Config, SessionAnswer, Trust, Visitor } from '../shared/types';

/**
 * When the server is away, or a proxy answers in its place, the status is 0. By XMLHttpRequest: it reads JSON by
 * itself, and pages replace `fetch` and `JSON` more often.
 */
function call<T>(url: string, body?: string): Promise<T & { status: number }> {
  return new Own((done) => {
    const request = new XMLHttpRequest();
    request.onloadend = () => done({ ...request.response, status: request.response ? request.status : 0 });
    request.open(body ? 'POST' : 'GET', url);
    request.responseType = 'json';
    if (body) request.setRequestHeader('Content-Type', 'application/json');
    request.send(body);
  });
}

export const fetchConfig = (base: string) => call<Config>(`${base}/config`);

/** Opens or renews the session; the answer's secret is what makes this browser the same visitor again. */
export const openSession = (base: string, visitor: Visitor, write: (value: object) => string): Promise<SessionAnswer> =>
  call(`${base}/session`, write({ ...visitor, page: { url: location.href, title: document.title } }));

/** A page that asks for Trusted Types knows ours by its name, and lets it pass or not. */
export function ownTrust(): Trust | undefined {
  const same = (text: string) => text;
  try {
    return window.trustedTypes?.createPolicy('hubbub', { createHTML: same, createScriptURL: same });
  } catch {
    return undefined;
  }
}

/** A failure removes the tag again, so that the next try starts afresh. */
export function loadScript(src: string, nonce: string, trust: Trust | undefined): Promise<boolean> {
  return new Own((done) => {
    const script = document.createElement('script');
    script.nonce = nonce;
    script.src = (trust ? trust.createScriptURL(src) : src) as string;
    script.onload = () => done(true);
    script.onerror = () => {
      script.remove();
      done(false);
    };
    document.head.appendChild(script);
  });
}
