/** Files that a visitor sends: they come with the first one. */
import { addStyles } from '../shared/dom';
import css from './files.css?inline';
import { Uploads } from './uploads';

const styled = new WeakSet<ShadowRoot>();

window.__hubbubFiles = (root, api, limits, t, hooks) => {
  if (!styled.has(root)) addStyles(root, css);
  styled.add(root);
  return new Uploads(api, limits, t, hooks);
};
