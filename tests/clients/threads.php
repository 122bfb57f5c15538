<?php
// Lists the threads with PHP's curl.
$request = curl_init(getenv('HUBBUB_URL') . '/1.0/content_threads');
curl_setopt_array($request, [
    CURLOPT_HTTPHEADER => ['Authorization: Bearer ' . getenv('HUBBUB_TOKEN')],
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_TIMEOUT => 30,
]);
$answer = curl_exec($request);
$status = curl_getinfo($request, CURLINFO_HTTP_CODE);
if ($status !== 200) {
    fwrite(STDERR, "$status\n");
    exit(1);
}
echo $answer, "\n";
