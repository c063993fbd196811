rule cisco_ios
{
    meta:
        id          = "cisco-ios"
        kind        = "vendor"
        severity    = "info"
        confidence  = 90
        description = "Operating system IOS of Cisco"
        reference   = "show version of IOS"
        vendor      = "cisco"
        strength    = "definitive"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/cisco-ios.txt"
    strings:
        $a = "Cisco IOS Software,"
        $b = "Cisco Internetwork Operating System Software"
    condition:
        any of them
}
