/** What is said and can be done about what the server has refused, a message or a visitor: few chats have any. */
import en from '../../messages/refused.en.json';
import { drawOut } from './out';
import { drawRefused } from './refused';

window.__hubbubRefused = (_, t) => {
  t.learn(en);
  return Object.assign(drawRefused, { out: drawOut(t) });
};
