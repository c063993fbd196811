rule hisilicon_open_telnet
{
    meta:
        id          = "hisilicon-open-telnet"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 95
        description = "Command that opens telnet on HiSilicon based recorders and cameras (TCP 9530)"
        reference   = "https://habr.com/en/articles/486856/ (V. Yarmak, 2020)"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/hisilicon-open-telnet.txt"
    strings:
        $command = "OpenTelnet:OpenOnce"
        $random  = "randNum:"
        $verify  = "verify:"
        $key     = "2wj9fsa2"
    condition:
        $command or $key or (#random > 0 and $verify and uint32(0) == 0x464c457f)
}
