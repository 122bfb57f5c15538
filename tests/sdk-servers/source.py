"""A source on the official server in Python, as its guide has one write it: what it is asked is written to LOG."""

import json
import os

AUTHOR = {'id': 'ada', 'screenname': 'Ada', 'created_at': '2026-01-01', 'updated_at': '2026-01-01'}
FIRST = {'id': '1', 'thread_id': 't', 'author': AUTHOR, 'body': 'Là, 漢 😀?', 'format': 'text', 'published': False}
MESSAGES = {'1': FIRST}


def onRequest(event):
    body = event['body']
    action, params = body['action'], body.get('params', {})
    with open(os.environ['LOG'], 'a', encoding='utf-8') as log:
        log.write(json.dumps({'action': action, 'params': params}) + '\n')
    message = MESSAGES.get(params.get('id'))
    if action == 'implementation.info':
        return {
            'objects': {'messages': ['create', 'list', 'show', 'delete', 'publish', 'pin']},
            'options': ['messages.text'],
            'locales': {'default': {'pin': 'Pin to the top'}},
        }
    if action == 'messages.list':
        return [] if params.get('since_id') else [FIRST]
    if action == 'messages.create':
        name = str(len(MESSAGES) + 1)
        MESSAGES[name] = {'id': name, 'body': params['body'], 'format': 'text'}
        return MESSAGES[name]
    if action == 'messages.publish':
        message['published'] = True
        return message
    if action == 'messages.pin':
        return {**message, 'title': 'pinned'}
    if action == 'messages.delete':
        del MESSAGES[params['id']]
        return {}
    return ''
