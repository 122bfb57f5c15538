/** Turning message text into something safe to show. */

/** What is shown as one: a letter with its accents, an emoji of several characters. */
export const letters = (word: string): string[] => [...new Intl.Segmenter().segment(word)].map(({ segment }) => segment);

/** A text as it is compared with what was typed: without accents, in small letters. */
export const fold = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

/** HTML that shows a text as it is. */
export const htmlOf = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\n', '<br>');

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
