import { allSettled } from './settled';
import type { Bridge } from './types';

/** How long after the last word or page a conversation goes on by itself, in milliseconds. */
export const ENGAGED_MS = 24 * 3600 * 1000;

/** Whether the visitor has written, and not long ago; out of what the panel has remembered. A clock may have been wrong. */
export const isEngaged = (engagedAt: number): boolean => Math.abs(Date.now() - engagedAt) < ENGAGED_MS;

/** Whether the server hears of the page and what the site says of it: after a word, or where the source wants it before. */
export const tellsPage = ({ config }: Bridge, engaged: boolean): boolean =>
  engaged || config.source.page_before_engaging !== false;

/** What the site says of this page, found in it or told by its script. */
export const customOf = ({ found, visitor }: Bridge) => allSettled({ ...found, ...visitor.custom });

/** The page as it says of itself, else as the browser has it. */
export function pageOf({ page }: Bridge): { url: string; title: string } {
  let url = location.href;
  try {
    url = new URL(page?.url ?? url, url).href;
  } catch {
    // What is no address says nothing.
  }
  return { url, title: `${page?.title ?? document.title}` };
}

/** What a session is asked for with: who it is, and the page with its variables if they may be told. */
export function sessionOf(bridge: Bridge, engaged: boolean, custom: Record<string, unknown>) {
  const tells = tellsPage(bridge, engaged);
  const page: { url?: string; title?: string } = tells ? pageOf(bridge) : {};
  return { ...bridge.visitor, custom: tells ? custom : {}, page };
}

/** The conversation that the page's address names, as links in mails do. */
export const linkedThread = (): string | undefined => /^#hubbub-chat=([\da-f]{24})$/.exec(location.hash)?.[1];
