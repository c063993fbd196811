rule routeros_devel_login
{
    meta:
        id          = "routeros-devel-login"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 80
        description = "Switch that opens the root shell of RouterOS"
        reference   = "https://github.com/0ki/mikrotik-tools"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/routeros-devel-login.txt"
    strings:
        $a = "/nova/etc/devel-login"
        $b = "/pckg/option/"
    condition:
        any of them
}

rule slingshot_implant
{
    meta:
        id          = "slingshot-implant"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 80
        description = "Modules of the Slingshot implant that came by MikroTik routers"
        reference   = "https://securelist.com/apt-slingshot/84312/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/slingshot-implant.txt"
    strings:
        $a = "Cahnadr"
        $b = "GollumApp"
    condition:
        any of them
}
