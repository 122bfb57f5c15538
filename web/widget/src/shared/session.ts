import { allSettled } from './settled';
import type { Bridge } from './types';

/** How long after the last word or page a conversation goes on by itself, in milliseconds. */
export const ENGAGED_MS = 24 * 3600 * 1000;

/** Whether the visitor has written, and not long ago; out of what the panel has remembered. */
export const isEngaged = (engagedAt: number): boolean => Date.now() - engagedAt < ENGAGED_MS;

/** Whether the server hears of the page and what the site says of it: after a word, or where the source wants it before. */
export const tellsPage = ({ config }: Bridge, engaged: boolean): boolean =>
  engaged || config.source.page_before_engaging !== false;

/** What the site says of this page, found in it or told by its script. */
export const customOf = ({ found, visitor }: Bridge) => allSettled({ ...found, ...visitor.custom });

/** What a session is asked for with: who it is, and the page if it may be told. */
export function sessionOf(bridge: Bridge, engaged: boolean) {
  const tells = tellsPage(bridge, engaged);
  const page = tells ? { url: location.href, title: document.title } : {};
  return { ...bridge.visitor, custom: tells ? customOf(bridge) : {}, page };
}

/** The conversation that the page's address names, as links in mails do. */
export const linkedThread = (): string | undefined => /^#hubbub-chat=([\da-f]{24})$/.exec(location.hash)?.[1];
