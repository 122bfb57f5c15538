/** The HTML of a mail on the screen: its own pictures, what is quoted folded, and nothing that loads from outside. */
import { cleanHtml } from '../text';

export interface Drawn {
  nodes: DocumentFragment;
  /** Pictures from outside were left out. */
  blocked: boolean;
}

/** A mark that stands for a picture or a fold while everything else is cleaned; no mail has it. */
const mark = (n: number) => `\u{e000}${n}\u{e001}`;

/** `fold` is what the summary over quoted text says; `remote` where the pictures from outside are, once they are wanted. */
export function mailHtml(html: string, fold: string, remote?: (n: number) => string): Drawn {
  const body = new DOMParser().parseFromString(html, 'text/html').body;
  const marked: HTMLElement[] = [];
  let [blocked, outside] = [false, 0];
  for (const found of body.querySelectorAll('img')) {
    const isOutside = found.hasAttribute('data-remote');
    const address = isOutside ? (remote?.(outside++) ?? null) : found.getAttribute('src');
    blocked ||= isOutside && !remote;
    if (address === null || !isOurs(address)) {
      found.replaceWith(found.alt ? `[${found.alt}]` : '');
      continue;
    }
    const picture = document.createElement('img');
    [picture.src, picture.alt, picture.loading] = [address, found.alt, 'lazy'];
    found.replaceWith(mark(marked.push(picture) - 1));
  }
  for (const part of quotedParts(body)) {
    const details = document.createElement('details');
    const summary = document.createElement('summary');
    summary.textContent = fold;
    details.append(summary, ...part.map((one) => cleanHtml(one.innerHTML)));
    part[0]!.replaceWith(mark(marked.push(details) - 1));
    for (const one of part) one.remove();
  }
  const nodes = document.createDocumentFragment();
  nodes.append(cleanHtml(body.innerHTML));
  place(nodes, marked);
  return { nodes, blocked };
}

const isOurs = (address: string) =>
  URL.canParse(address, location.href) && new URL(address, location.href).origin === location.origin;

/** What is quoted, in the order of the text: what stands between two of these is new, unless there is nothing. */
function quotedParts(body: HTMLElement): HTMLElement[][] {
  const parts: HTMLElement[][] = [];
  const between = document.createRange();
  for (const found of body.querySelectorAll<HTMLElement>('[data-quoted]')) {
    if (found.parentElement?.closest('[data-quoted]')) continue;
    const last = parts.at(-1)?.at(-1);
    if (last) {
      between.setStartAfter(last);
      between.setEndBefore(found);
    }
    if (last && between.toString().trim() === '') parts.at(-1)!.push(found);
    else parts.push([found]);
  }
  return parts;
}

/** Puts pictures and folds where their marks are; a fold has marks of its own. */
function place(nodes: Node, marked: HTMLElement[]): void {
  if (marked.length === 0) return;
  const walker = document.createTreeWalker(nodes, NodeFilter.SHOW_TEXT);
  const texts: Text[] = [];
  while (walker.nextNode()) texts.push(walker.currentNode as Text);
  for (const text of texts) {
    const parts = (text.textContent ?? '').split(/\u{e000}(\d+)\u{e001}/u);
    if (parts.length === 1) continue;
    const found = parts.map((part, n) => (n % 2 ? (marked[Number(part)] ?? '') : part));
    for (const one of found) if (one instanceof HTMLDetailsElement) place(one, marked);
    text.replaceWith(...found);
  }
}
