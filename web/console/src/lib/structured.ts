import type { ContentView } from './api/types';

export type Structured = NonNullable<ContentView['structured_content']>;

/** A part of a structured message as the desk sees it: what it says, and the buttons under it. */
export type StructuredCard = Structured & { buttons: Structured[] };

const listOf = (items: unknown): Structured[] =>
  Array.isArray(items) ? items.filter((item): item is Structured => typeof item === 'object' && !!item) : [];

/** A third party's message may have any form: whatever has a title is shown. */
export function structuredCards(message: Structured): StructuredCard[] {
  const items = listOf(message.items);
  if (message.type !== 'carousel') return [{ ...message, buttons: items }];
  return items.map((item) => ({ ...item, buttons: listOf(item.items) }));
}

/** The address if a browser may follow it. */
export function webLink({ url, url_fallback }: Structured): string | null {
  const isWeb = (text: unknown): text is string => typeof text === 'string' && /^https?:\/\//i.test(text);
  return isWeb(url) ? url : isWeb(url_fallback) ? url_fallback : null;
}
