/** Structured messages, which bots send: most conversations have none. */
import { stylesOnce } from '../shared/dom';
import css from './cards.css?inline';
import { drawStructured } from './structured';

const style = stylesOnce(css);

window.__hubbubCards = (root) => {
  style(root);
  return drawStructured;
};
