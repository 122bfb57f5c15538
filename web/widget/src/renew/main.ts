/** Takes up another configuration on a page that is open. It comes when the server tells of one. */
import type { ApiError } from '../chat/core/api';
import type { Controller } from '../chat/core/controller';
import { later } from '../shared/calm';
import type { Bridge, Config } from '../shared/types';

/** How long it is until it is looked again whether the visitor is busy, in milliseconds. */
const PAUSE = 2000;
/** How long it is until it is asked again where no answer came. */
const AGAIN = 10_000;
/** How far from the end one reads what was said before. */
const NEAR = 48;
let turn = 0;

const renew = async (bridge: Bridge, controller: Controller): Promise<void> => {
  const mine = ++turn;
  const { chat } = bridge;
  // Somebody else has taken it up, or the page has taken the chat away.
  const isOver = () => mine !== turn || chat !== bridge.chat;
  const config = await controller.api.config().catch((error: ApiError) => error);
  if (config instanceof Error) {
    // What stands between the server and the page may say anything.
    const gone = config.error !== 'unreachable' && (config.status === 404 || config.status === 403);
    if (gone) leave(bridge);
    else later(() => isOver() || renew(bridge, controller), AGAIN);
    return;
  }
  if (config.version === bridge.config.version) return;
  const take = () => {
    if (isOver()) return;
    if (isBusy(bridge, controller)) later(take, PAUSE);
    else redraw(bridge, config as Config);
  };
  take();
};
window.__hubbubRenew = renew;

/** Whether something would be lost, or taken out of the visitor's hands. */
function isBusy({ chat, root }: Bridge, controller: Controller): boolean {
  // What the page has said is nowhere else, and nor is a file before it was sent.
  const said = [...controller['added'].keys()].some((key) => controller.addedRows(key).some((row) => !row.welcome));
  if (said || root.querySelector('.chip')) return true;
  if (!chat?.isOpen() || document.hidden) return false;
  const { activeElement } = root;
  const writes = activeElement instanceof HTMLTextAreaElement && activeElement.value;
  const log = root.querySelector('.log');
  const reads = log && log.scrollHeight - log.scrollTop - log.clientHeight > NEAR;
  return !!(writes || reads || root.querySelector('.question,.pop,[type=email]:focus'));
}

/** Draws all anew. Drafts, what waits to be sent, and where the visitor is are kept, and so is the focus. */
function redraw(bridge: Bridge, config: Config): void {
  Object.assign(bridge.config, config);
  // A page from before the server was renewed cannot: its next one will.
  if (!bridge.draw) return;
  const { root, launcher, wanted } = bridge;
  const held = root.activeElement;
  const open = bridge.undraw();
  bridge.draw(launcher ? undefined : `${wanted.parentNodeId}`);
  if (held?.matches('.launcher')) bridge.launcher?.focus();
  if (open !== undefined) void bridge.load(open, !held);
}

/** The chat was switched off, or is not for this site any more: it goes. */
function leave(bridge: Bridge): void {
  bridge.keep?.remember({ open: false, engagedAt: 0, thread: null });
  window._chatq?.push(['_destroy']);
}
