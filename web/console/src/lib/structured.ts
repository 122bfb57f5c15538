import type { StructuredContent } from './api/types';

/** A part of a structured message as the desk sees it: what it says, and the buttons under it. */
export interface StructuredCard extends StructuredContent {
  buttons: StructuredContent[];
}

const listOf = (items: unknown): StructuredContent[] =>
  Array.isArray(items) ? items.filter((item): item is StructuredContent => typeof item === 'object' && !!item) : [];

/** A third party's message may have any form: whatever has a title is shown. */
export function structuredCards(message: StructuredContent): StructuredCard[] {
  const items = listOf(message.items);
  if (message.type !== 'carousel') return [{ ...message, buttons: items }];
  return items.map((item) => ({ ...item, buttons: listOf(item.items) }));
}

/** The address if a browser may follow it. */
export function webLink({ url, url_fallback }: StructuredContent): string | null {
  const isWeb = (text: unknown): text is string => typeof text === 'string' && /^https?:\/\//i.test(text);
  return isWeb(url) ? url : isWeb(url_fallback) ? url_fallback : null;
}
