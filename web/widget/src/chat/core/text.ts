import { linkify } from '../../../../shared/links';
import { h } from '../../shared/dom';

export function link(href: string, ...children: (Node | string)[]): HTMLAnchorElement {
  return h('a', { href, target: '_blank', rel: 'noopener noreferrer nofollow' }, ...children);
}

/** The address if it leads to a page, a mailbox or a telephone, and nothing else. */
export function safeHref(href: string | null): string | null {
  try {
    const url = new URL(href ?? '');
    return ['http:', 'https:', 'mailto:', 'tel:'].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** A message's plain text with its links. */
export function renderText(body: string): DocumentFragment {
  const fragment = document.createDocumentFragment();
  for (const { text, href } of linkify(body)) {
    fragment.append(href ? link(href, text) : text);
  }
  return fragment;
}
