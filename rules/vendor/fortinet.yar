rule fortinet_fortios
{
    meta:
        id          = "fortinet-fortios"
        kind        = "vendor"
        severity    = "info"
        confidence  = 85
        description = "Operating system FortiOS"
        reference   = "public analyses of FortiOS images"
        vendor      = "fortinet"
        strength    = "definitive"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/fortinet-fortios.txt"
    strings:
        $a = /\bFGT[0-9A-Z]{2,6}-[0-9]\.[0-9]{2}-FW-build[0-9]{3,4}/
        $b = /\bFortiGate-[0-9A-Z]{2,8} v[0-9]\.[0-9]\.[0-9]+,build/
    condition:
        any of them
}
