import { unpack } from '../../shared/json';
import type { Keep } from '../../shared/keep';

/** What is known of the visit, by this browser's clock: only how far its times lie apart says anything elsewhere. */
export function visitOf(keep: Keep) {
  const { count, pages, started } = Object(unpack(keep.get('visit')));
  return { count, pages, started, now: Date.now(), offset: new Date().getTimezoneOffset(), referrer: document.referrer };
}
