/** Turning message text into something safe to show. */

export interface Segment {
  text: string;
  href: string | null;
}

const ADDRESS = /\b(?:https?:\/\/|www\.)[^\s<>"]+|\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+/gi;

/** Splits plain text at web and mail addresses. Punctuation that ends the sentence is not part of the address. */
export function linkify(text: string): Segment[] {
  const segments: Segment[] = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    let address = match[0].replace(/[.,;:!?'"\]]+$/, '');
    if (address.endsWith(')') && !address.includes('(')) address = address.slice(0, -1);
    if (match.index > end) segments.push({ text: text.slice(end, match.index), href: null });
    segments.push({ text: address, href: hrefOf(address) });
    end = match.index + address.length;
  }
  if (end < text.length) segments.push({ text: text.slice(end), href: null });
  return segments;
}

function hrefOf(address: string): string {
  if (/^https?:/i.test(address)) return address;
  return address.includes('@') && !/^www\./i.test(address) ? `mailto:${address}` : `https://${address}`;
}

const KEPT = new Set(
  'a b blockquote br code del div em h1 h2 h3 h4 h5 h6 hr i li ol p pre s span strong sub sup table tbody td th thead tr u ul'.split(
    ' ',
  ),
);
/** Their text is not for reading, so it goes with them. */
const DROPPED_WHOLE = new Set(['script', 'style', 'template', 'title', 'noscript', 'iframe', 'object', 'svg', 'math']);

export const keepsTag = (tag: string) => KEPT.has(tag.toLowerCase());
export const safeHref = (href: string) => /^(https?:|mailto:|tel:)/i.test(href.trim());

/**
 * The server cleans HTML before it stores it. This is the second lock on the same door: a handful of tags, links without
 * scripts, and nothing that loads by itself, so that reading a message never tells its sender that it was read.
 */
export function cleanHtml(html: string): DocumentFragment {
  const source = new DOMParser().parseFromString(html, 'text/html').body;
  const target = document.createDocumentFragment();
  copyChildren(source, target);
  return target;
}

function copyChildren(from: Node, to: Node): void {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) to.appendChild(document.createTextNode(node.textContent ?? ''));
    if (!(node instanceof HTMLElement) || DROPPED_WHOLE.has(node.localName)) continue;
    if (!keepsTag(node.localName)) {
      copyChildren(node, to);
      continue;
    }
    const copy = document.createElement(node.localName);
    if (node instanceof HTMLAnchorElement && safeHref(node.getAttribute('href') ?? '')) {
      copy.setAttribute('href', node.getAttribute('href')!);
      copy.setAttribute('target', '_blank');
      copy.setAttribute('rel', 'noopener noreferrer nofollow');
    }
    copyChildren(node, copy);
    to.appendChild(copy);
  }
}
