import { Own } from '../shared/calm';
import type { Config, Trust } from '../shared/types';

/**
 * What the server says of the chat. When it is away, or a proxy answers in its place, the status is 0. By
 * XMLHttpRequest: it reads JSON by itself, and pages replace `fetch` and `JSON` more often.
 */
export function fetchConfig(base: string): Promise<Config & { status: number; message?: string }> {
  return new Own((done) => {
    const request = new XMLHttpRequest();
    request.onloadend = () => done({ ...request.response, status: request.response && request.status });
    request.open('GET', `${base}/config`);
    request.responseType = 'json';
    request.send();
  });
}

/** A page that asks for Trusted Types knows ours by its name, and lets it pass or not. */
export function ownTrust(): Trust | undefined {
  const same = (text: string) => text;
  try {
    return window.trustedTypes?.createPolicy('hubbub', { createHTML: same, createScriptURL: same });
  } catch {
    return undefined;
  }
}

/** Runs a script, as far as it comes. Its tag goes again, so that the next try starts afresh. */
export function loadScript(src: string, nonce: string, trust: Trust | undefined): Promise<void> {
  return new Own((done) => {
    const script = document.createElement('script');
    script.nonce = nonce;
    script.src = (trust?.createScriptURL(src) ?? src) as string;
    script.onload = script.onerror = () => done(script.remove());
    document.head.appendChild(script);
  });
}
