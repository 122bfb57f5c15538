/** Files that a visitor sends: they come with the first one. */
import en from '../../messages/files.en.json';
import { stylesOnce } from '../shared/dom';
import css from './files.css?inline';
import { Uploads } from './uploads';

const style = stylesOnce(css);

window.__hubbubFiles = (root, api, limits, t, hooks) => {
  style(root);
  t.learn(en);
  return new Uploads(api, limits, t, hooks);
};
