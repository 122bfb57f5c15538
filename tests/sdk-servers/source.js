/** A source on the official server in JavaScript, as its guide has one write it: what it is asked is written to LOG. */
const { appendFileSync } = require('node:fs');

const messages = new Map();
const author = { id: 'ada', screenname: 'Ada', created_at: '2026-01-01', updated_at: '2026-01-01' };
messages.set('1', { id: '1', thread_id: 't', author, body: 'Là, 漢 😀?', format: 'text', published: false });

exports.onRequest = async ({ action, params = {} }) => {
  appendFileSync(process.env.LOG, `${JSON.stringify({ action, params })}\n`);
  const message = messages.get(params.id);
  switch (action) {
    case 'implementation.info':
      return {
        objects: { messages: ['create', 'list', 'show', 'delete', 'publish', 'pin'] },
        options: ['messages.text'],
        locales: { default: { pin: 'Pin to the top' } },
      };
    case 'messages.list':
      return params.since_id ? [] : [messages.get('1')];
    case 'messages.create': {
      const id = String(messages.size + 1);
      messages.set(id, { id, body: params.body, format: 'text' });
      return messages.get(id);
    }
    case 'messages.publish':
      message.published = true;
      return message;
    case 'messages.pin':
      return { ...message, title: 'pinned' };
    case 'messages.delete':
      messages.delete(params.id);
      return {};
    default:
      return '';
  }
};
