/** Structured messages, which bots send, files, and formatted texts: most conversations have none. */
import { stylesOnce } from '../shared/dom';
import type { Trust } from '../shared/types';
import { drawAttached } from './attached';
import css from './cards.css?inline';
import { renderHtml } from './html';
import { drawStructured } from './structured';

const style = stylesOnce(css);
const draw = (trust: Trust | undefined) => ({
  structured: drawStructured,
  attached: drawAttached,
  html: (html: string | null) => renderHtml(html, trust),
});

/** What draws them. */
export type DrawMore = ReturnType<typeof draw>;

window.__hubbubCards = (root, _, trust) => {
  style(root);
  return draw(trust);
};
