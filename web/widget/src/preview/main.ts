/**
 * The chat's own button and window in the administration, with texts and a look that are not saved yet. It talks to nobody:
 * whatever it asks is answered in here.
 */
import { App } from '../chat/app';
import { type Texts, words } from '../chat/i18n';
import { drawLauncher } from '../loader/launcher';
import { makeSpot, type Spot } from '../loader/spot';
import { openKeep } from '../shared/keep';
import type { Bridge, Look, Source } from '../shared/types';
import { addStyles } from '../shared/dom';
import '../emoji/main';
import '../list/main';
import rtlCss from '../words/rtl.css?inline';
import { shape } from '../words/shape';
import { answerIn, converse } from './answers';

/** What the administration tells. */
interface Told {
  hubbub: 'preview';
  locale: string;
  rtl: boolean;
  levels: Texts[];
  look: { name: string; color: string; avatar_url: string | null; position: Look['position']; x: number; y: number; scheme: Look['color_scheme']; emojis: boolean };
  question: string;
  answer: string;
  agent: string;
}

const TOKEN = 'preview';
let spot: Spot | undefined;
let chat: App | undefined;

function draw({ locale, rtl, levels, look, question, answer, agent }: Told): void {
  const { position, x, y, scheme, emojis } = look;
  const open = chat?.destroy() ?? true;
  spot?.remove();
  converse(question, answer, agent);
  const t = words({ locale, rtl, levels, shape });
  const source: Partial<Source> = {
    ...{ id: TOKEN, name: look.name, color: look.color, avatar_url: look.avatar_url, locale: null, active: true },
    ...{ welcome_message: null, welcome_messages: [], max_open_conversations: 3, mode: 'messaging' },
    ...{ position, offset: { x, y }, z_index: null, color_scheme: scheme, emoji_picker: emojis },
  };
  const bridge = {
    base: '/chat/preview',
    token: TOKEN,
    config: { source, attachments: { max_bytes: 10_485_760, extensions: ['png', 'jpg', 'pdf'] }, max_characters: 20_000 },
    visitor: { visitor: null, identity: null, jwt: null, custom: {} },
    wanted: {},
    messages: [],
    handlers: [],
    shown: true,
    emit() {},
    // What it shows is in here, and it takes no files.
    script: async (_: string, made: () => unknown) => made() ?? new Promise(() => {}),
  } as unknown as Bridge;
  spot = makeSpot(undefined, bridge, { placed: () => chat?.placed(), broken() {} });
  bridge.root = spot.root;
  const title = t(t.has('default_title') ? 'default_title' : 'hubbub.launcher');
  bridge.launcher = drawLauncher(spot.root, title, () => chat?.toggle());
  spot.settle();
  if (rtl) addStyles(spot.root, rtlCss);
  chat = new App(bridge, t);
  chat.show(open, true);
}

answerIn(window);
openKeep({ token: TOKEN, config: { source: {} }, wanted: {} } as Bridge).remember({ thread: 't1', engagedAt: Date.now() });
addEventListener('message', ({ source, data }) => {
  if (source === parent && (data as Told)?.hubbub === TOKEN) draw(data as Told);
});
parent.postMessage('hubbub:preview', '*');
