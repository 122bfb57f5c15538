/** The list of a visitor's conversations: whoever has none yet does without it. */
import en from '../../messages/list.en.json';
import { stylesOnce } from '../shared/dom';
import css from './list.css?inline';
import { ThreadList } from './list';

const style = stylesOnce(css);

window.__hubbubList = (bridge, controller, t, hooks) => {
  style(bridge.root);
  t.learn(en);
  return new ThreadList(bridge.config.source, controller, t, hooks);
};
