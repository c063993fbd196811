rule broadcom_sysinfo_page
{
    meta:
        id          = "broadcom-sysinfo-page"
        kind        = "backdoor"
        severity    = "low"
        confidence  = 65
        description = "Page with system commands of the Broadcom SDK"
        reference   = "public analyses of BCM963xx firmware"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/broadcom-sysinfo-page.txt"
    strings:
        $a = "sysinfo.cmd"
        $b = "dumpmdm"
    condition:
        all of them
}
