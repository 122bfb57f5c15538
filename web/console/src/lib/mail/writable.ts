/**
 * What agents may write in HTML, and how: letters that are bold or italic, links, lists, quotes; lines end with `<br>`, as
 * every program that reads mails shows them alike. What is pasted, and what the editor gives, is brought to that.
 */
import { safeHref } from '../text';

const BLOCKS = new Set(
  'address article aside center dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr main nav p section table tbody tfoot thead tr'.split(' '),
);
const KEPT: Record<string, string> = { b: 'b', strong: 'b', i: 'i', em: 'i', code: 'code', ul: 'ul', ol: 'ol', li: 'li', blockquote: 'blockquote', pre: 'pre' };
const STANDING = new Set(['ul', 'ol', 'li', 'blockquote', 'pre']);
const DROPPED = 'script,style,template,title,meta,link,head,noscript,iframe,object,svg,math,button,select,textarea,input,video,audio,canvas';

const parsed = (html: string): HTMLElement => {
  const { body } = new DOMParser().parseFromString(html, 'text/html');
  for (const one of body.querySelectorAll(DROPPED)) one.remove();
  return body;
};

/** HTML from anywhere as it may be written. */
export function writable(html: string): DocumentFragment {
  const lines = new Lines();
  take(parsed(html), lines, false);
  return lines.done();
}

export function writableHtml(html: string): string {
  const place = document.createElement('div');
  place.append(writable(html));
  return place.innerHTML;
}

/** The lines of one place, and what stands between them. */
class Lines {
  private rows: (Node[] | HTMLElement)[] = [];
  private open: Node[] | null = null;

  get isOpen(): boolean {
    return this.open !== null;
  }

  put(node: Node): void {
    if (!this.open) this.rows.push((this.open = []));
    this.open.push(node);
  }

  /** Ends the line; where none is open, an empty one. */
  end(): void {
    if (!this.open) this.rows.push([]);
    this.open = null;
  }

  /** What comes next is on a line of its own. */
  part(): void {
    this.open = null;
  }

  stand(node: HTMLElement): void {
    this.open = null;
    this.rows.push(node);
  }

  done(): DocumentFragment {
    const nodes = document.createDocumentFragment();
    const empty = (row: Node[] | HTMLElement | undefined) => Array.isArray(row) && row.length === 0;
    while (empty(this.rows[0])) this.rows.shift();
    while (empty(this.rows.at(-1))) this.rows.pop();
    for (const [n, row] of this.rows.entries()) {
      if (!Array.isArray(row)) nodes.append(row);
      else {
        nodes.append(...row);
        if (Array.isArray(this.rows[n + 1]) || empty(row)) nodes.append(document.createElement('br'));
      }
    }
    return nodes;
  }
}

function take(from: Node, lines: Lines, exact: boolean): void {
  for (const node of from.childNodes) {
    if (node instanceof HTMLElement) takeElement(node, lines, exact);
    if (node.nodeType !== Node.TEXT_NODE) continue;
    const text = exact ? (node.textContent ?? '') : (node.textContent ?? '').replace(/[ \t\r\n\f]+/g, ' ');
    if (text && (lines.isOpen || text !== ' ')) lines.put(document.createTextNode(text));
  }
}

function takeElement(node: HTMLElement, lines: Lines, exact: boolean): void {
  if (node.localName === 'br') return lines.end();
  // A picture is one of the files that go along: no other has a name here.
  if (node instanceof HTMLImageElement) {
    const { cid } = node.dataset;
    if (!cid) return;
    const picture = document.createElement('img');
    picture.dataset.cid = cid;
    picture.alt = node.alt;
    return lines.put(picture);
  }
  if (BLOCKS.has(node.localName)) {
    lines.part();
    take(marked(node), lines, exact);
    return lines.part();
  }
  const copy = copied(node);
  if (!copy) {
    take(marked(node), lines, exact);
    // Cells stand beside each other.
    if (/^t[dh]$/.test(node.localName) && lines.isOpen) lines.put(document.createTextNode(' '));
    return;
  }
  const within = new Lines();
  take(node, within, exact || copy.localName === 'pre');
  copy.append(within.done());
  if (STANDING.has(copy.localName)) lines.stand(copy);
  else if (copy.childNodes.length) lines.put(copy);
}

/** The element as it may be written; null for one whose words alone stay. */
function copied(node: HTMLElement): HTMLElement | null {
  if (node instanceof HTMLAnchorElement) {
    const address = node.getAttribute('href') ?? '';
    if (!safeHref(address) || !node.textContent?.trim()) return null;
    const link = document.createElement('a');
    link.href = address.trim();
    return link;
  }
  const name = KEPT[node.localName];
  // Some programs wrap all that they copy in a `b` that is not bold.
  const unset = name === 'b' && /^(normal|[1-4]00)$/.test(node.style.fontWeight) || name === 'i' && node.style.fontStyle === 'normal';
  return name && !unset ? document.createElement(name) : null;
}

/** What style alone says is said by an element. */
function marked(node: HTMLElement): HTMLElement {
  const { fontWeight, fontStyle } = node.style;
  const heading = /^h[1-6]$/.test(node.localName);
  let inner: HTMLElement = node;
  for (const [name, is] of [['b', heading || /^(bold|bolder|[6-9]00)$/.test(fontWeight)], ['i', fontStyle === 'italic']] as const) {
    if (!is || node.querySelector('p, div, ul, ol, table, blockquote')) continue;
    const outer = document.createElement('div');
    const mark = document.createElement(name);
    mark.append(...[...inner.childNodes].map((one) => one.cloneNode(true)));
    outer.append(mark);
    inner = outer;
  }
  return inner;
}

/** The text of what was written, as those see it who see text alone. */
export function textOf(html: string): string {
  let text = '';
  const line = () => {
    if (text && !text.endsWith('\n')) text += '\n';
  };
  const walk = (from: Node) => {
    for (const node of from.childNodes) {
      if (node.nodeType === Node.TEXT_NODE) text += node.textContent ?? '';
      if (!(node instanceof HTMLElement)) continue;
      if (node.localName === 'br') text += '\n';
      else if (STANDING.has(node.localName)) {
        line();
        if (node.localName === 'li') text += '- ';
        walk(node);
        line();
      } else {
        walk(node);
        const address = node.getAttribute('href');
        if (address && address !== node.textContent) text += ` (${address})`;
      }
    }
  };
  walk(parsed(html));
  return text.replaceAll('\u200b', '').replaceAll('\u00a0', ' ').trimEnd();
}
