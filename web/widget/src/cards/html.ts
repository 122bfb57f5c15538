import { link, safeHref } from '../chat/core/text';
import { h } from '../shared/dom';
import type { Trust } from '../shared/types';

const ALLOWED = new Set(['p', 'br', 'b', 'strong', 'i', 'em', 'a', 'ul', 'ol', 'li', 'code', 'pre', 'blockquote']);
/** Each of these may be in a language of its own. */
const BLOCKS = new Set(['p', 'li', 'pre', 'blockquote']);
const DROPPED = new Set([
  'script',
  'style',
  'template',
  'iframe',
  'object',
  'svg',
  'math',
  'title',
  'noscript',
  'textarea',
]);

/** A message's server HTML; nothing where there is none. */
export function renderHtml(html: string | null, trust: Trust | undefined): DocumentFragment | undefined {
  if (!html) return undefined;
  try {
    return sanitize(html, trust);
  } catch {
    // A page that enforces Trusted Types forbids the parser; the plain body says the same.
    return undefined;
  }
}

/**
 * Rebuilds server HTML from an allow-list. The server has sanitized it already; this second look makes
 * sure that a mistake there is not a hole in every host page. Nothing is copied: the parsed document is
 * inert and only read, new elements get no attribute but a checked href.
 */
function sanitize(html: string, trust: Trust | undefined): DocumentFragment {
  const parsed = new DOMParser().parseFromString((trust ? trust.createHTML(html) : html) as string, 'text/html');
  const fragment = document.createDocumentFragment();
  copy(parsed.body, fragment, 0);
  return fragment;
}

function copy(from: Node, to: Node, depth: number): void {
  // Nobody writes this deep; an attacker might, to exhaust the stack.
  if (depth > 40) return;
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) {
      to.appendChild(document.createTextNode(node.nodeValue ?? ''));
    } else if (node instanceof Element || node.nodeType === Node.ELEMENT_NODE) {
      copyElement(node as Element, to, depth);
    }
  }
}

function copyElement(element: Element, to: Node, depth: number): void {
  const name = element.localName;
  if (DROPPED.has(name)) return;
  let target = to;
  if (name === 'a') {
    const href = safeHref(element.getAttribute('href'));
    if (href) target = to.appendChild(link(href));
  } else if (ALLOWED.has(name)) {
    target = to.appendChild(h(name as 'p', { dir: BLOCKS.has(name) && 'auto' }));
  }
  copy(element, target, depth + 1);
}
