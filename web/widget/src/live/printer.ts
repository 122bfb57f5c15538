import type { Words } from '../chat/i18n';
import { listen } from '../shared/dom';

/** One line of what is printed: who, and what. */
export type Printed = [name: string, text: string];

/** The page prints this alone: everything else of it is away for as long as the printer's dialog takes. */
const CSS =
  '.hubbub-print{display:none}@media print{body>*{display:none!important}body>.hubbub-print{display:block!important;' +
  'font:12pt sans-serif;color:#000;background:#fff}.hubbub-print p{margin:0 0 8pt;white-space:pre-wrap}}';

/** Prints a conversation from the page that it is on: no window opens, and nothing of it stays. */
export function printLines(title: string, lines: Printed[], t: Words): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS);
  const add = (tag: string, text: string) => Object.assign(document.createElement(tag), { textContent: text });
  const page = Object.assign(document.createElement('div'), { className: 'hubbub-print', lang: t.locale, dir: t.rtl ? 'rtl' : 'ltr' });
  // French has a space before it.
  const colon = /^fr/.test(t.locale) ? '\u00a0: ' : ': ';
  page.append(add('h1', title));
  for (const [name, text] of lines) {
    const line = document.createElement('p');
    if (name) line.append(add('strong', `${name}${colon}`));
    line.append(add('bdi', text));
    page.append(line);
  }
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  document.body.append(page);
  const clear = () => {
    page.remove();
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== sheet);
  };
  listen(window, 'afterprint', clear);
  window.print();
}
