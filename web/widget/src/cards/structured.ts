import { h } from '../shared/dom';
import type { Button, Card, Choice } from '../shared/types';
import { link, safeHref } from '../chat/core/text';
import type { Bubble } from '../chat/rows';

type Press = (choice: Choice) => void;

/** What stands below a structured message's text: its choices, its card, or a row of cards. */
export function drawStructured({ structured, open }: Bubble, press: Press): HTMLElement | false {
  if (!structured) return false;
  if (structured.type === 'select') {
    const kind = structured.center_items ? 'replies centred' : 'replies';
    // Once somebody has said something, the question is answered.
    return open && h('div', { class: kind }, ...structured.items.map((item) => drawButton(item, press)));
  }
  const cards = structured.type === 'carousel' ? structured.items : [structured];
  return h('div', { class: 'cards', tabindex: cards.length > 1 && 0 }, ...cards.map((card) => drawCard(card, press)));
}

/** A deep link is for phones' apps; a page can only follow the address beside it. */
const hrefOf = ({ url, url_fallback }: Pick<Card, 'url' | 'url_fallback'>) => safeHref(url ?? null) ?? safeHref(url_fallback ?? null);

function drawCard(card: Card, press: Press): HTMLElement {
  const href = hrefOf(card);
  const picture = safeHref(card.picture ?? null);
  const parts = [
    picture && h('img', { src: picture, alt: '', loading: 'lazy' }),
    h('strong', { dir: 'auto' }, card.title ?? ''),
    card.subtitle && h('span', { dir: 'auto' }, card.subtitle),
    href && h('small', { dir: 'auto' }, card.url_text || new URL(href).hostname),
  ].filter((part) => !!part) as HTMLElement[];
  const about = href ? link(href, ...parts) : h('div', {}, ...parts);
  about.className = 'about';
  return h('div', { class: 'card' }, about, ...(card.items ?? []).map((item) => drawButton(item, press)));
}

function drawButton(button: Button, press: Press): HTMLElement | false {
  if (button.type !== 'url') {
    return h('button', { type: 'button', dir: 'auto', 'data-testid': 'reply-button', onclick: () => press(button) }, button.title);
  }
  const href = hrefOf(button);
  return !!href && link(href, button.title);
}
