rule npm_flatmap_stream
{
    meta:
        id          = "npm-flatmap-stream"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 90
        description = "Package flatmap-stream 0.1.1, which stole wallets"
        reference   = "https://github.com/dominictarr/event-stream/issues/116"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/npm-flatmap-stream.txt"
    strings:
        $dependency = /"flatmap-stream"\s*:\s*"[\^~]?0\.1\.1"/
        $name       = /"_id"\s*:\s*"flatmap-stream@0\.1\.1"/
    condition:
        any of them and filesize < 16MB
}

rule npm_peacenotwar
{
    meta:
        id          = "npm-peacenotwar"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 85
        description = "Package peacenotwar, pulled in by node-ipc to write or overwrite files"
        reference   = "CVE-2022-23812"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/npm-peacenotwar.txt"
    strings:
        $dependency = /"peacenotwar"\s*:\s*"/
        $name       = /"name"\s*:\s*"peacenotwar"/
    condition:
        any of them and filesize < 16MB
}
