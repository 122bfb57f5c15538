import { h } from '../../shared/dom';
import { safeHref } from '../core/text';

/** A picture, or the first letters of the name while there is none. */
export function avatar(name: string, url: string | null, size = 'small'): HTMLElement {
  const letters = name.match(/(?<![\p{L}\p{M}])\p{L}\p{M}*/gu) ?? [];
  const initials = letters.slice(0, 2).join('').toUpperCase();
  const box = h('span', { class: `avatar ${size}`, 'aria-hidden': 'true' }, initials);
  const src = safeHref(url);
  if (src?.startsWith('http')) {
    const picture = h('img', { src, alt: '', onerror: () => picture.remove() });
    box.append(picture);
  }
  return box;
}
