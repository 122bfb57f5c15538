<?php
// A source on the official library for PHP, as its guide has one write it: what it is asked is written to LOG. PHP's own
// server begins anew at each request, so its messages are in a file.

require getenv('SDK') . '/engage-digital-source-sdk-php/sdk.php';

$sdk = new SmccSdk(getenv('RINGCENTRAL_ENGAGE_DIGITAL_API_TOKEN'));
if (!$sdk->is_valid_request()) {
    $sdk->error('Invalid signature');
}
$action = $sdk->get_action();
$params = $sdk->get_params();
file_put_contents(getenv('LOG'), json_encode(array('action' => $action, 'params' => $params)) . "\n", FILE_APPEND);

$kept = getenv('LOG') . '.messages';
$author = array('id' => 'ada', 'screenname' => 'Ada', 'created_at' => '2026-01-01', 'updated_at' => '2026-01-01');
$first = array('id' => '1', 'thread_id' => 't', 'author' => $author, 'body' => 'Là, 漢 😀?', 'format' => 'text', 'published' => false);
$messages = file_exists($kept) ? json_decode(file_get_contents($kept), true) : array('1' => $first);

function answer($sdk, $kept, $messages, $object)
{
    file_put_contents($kept, json_encode($messages));
    $sdk->respond($object);
}

switch ($action) {
    case 'implementation.info':
        $sdk->respond(array(
            'objects' => array('messages' => array('create', 'list', 'show', 'delete', 'publish', 'pin')),
            'options' => array('messages.text'),
            'locales' => array('default' => array('pin' => 'Pin to the top')),
        ));
    case 'messages.list':
        $sdk->respond(empty($params['since_id']) ? array($messages['1']) : array());
    case 'messages.create':
        $id = (string) (count($messages) + 1);
        $messages[$id] = array('id' => $id, 'body' => $params['body'], 'format' => 'text');
        answer($sdk, $kept, $messages, $messages[$id]);
    case 'messages.publish':
        $messages[$params['id']]['published'] = true;
        answer($sdk, $kept, $messages, $messages[$params['id']]);
    case 'messages.pin':
        $sdk->respond(array('title' => 'pinned') + $messages[$params['id']]);
    case 'messages.delete':
        unset($messages[$params['id']]);
        answer($sdk, $kept, $messages, new stdClass());
    default:
        $sdk->respond('');
}
