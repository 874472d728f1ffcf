<?php
// The platform's documented calculateSignature(), its misspelt variable mended: one JSON body a line in, the text that it
// would sign a line out, in hexadecimal; "error" where PHP itself cannot go on.
function text(array $data, string $prefix = '', int $depth = 16, int $level = 0): string
{
    if ($level >= $depth) {
        throw new Exception('Recursion level exceeded');
    }
    $out = '';
    foreach ($data as $key => $value) {
        if (is_array($value)) {
            $out .= text($value, "$prefix$key.", $depth, $level + 1);
        } elseif ($key !== 'signature') {
            $out .= "$prefix$key" . $value;
        }
    }
    return $out;
}

ini_set('precision', '14');
while (($line = fgets(STDIN)) !== false) {
    $body = json_decode(rtrim($line, "\n"), true);
    try {
        echo is_array($body) ? bin2hex(text($body)) : 'error', "\n";
    } catch (Exception $exception) {
        echo "error\n";
    }
}
