/** Structured messages, which bots send: most conversations have none. */
import { addStyles } from '../shared/dom';
import css from './cards.css?inline';
import { drawStructured } from './structured';

const styled = new WeakSet<ShadowRoot>();

window.__hubbubCards = (root) => {
  if (!styled.has(root)) addStyles(root, css);
  styled.add(root);
  return drawStructured;
};
