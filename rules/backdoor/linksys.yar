rule linksys_system_command_page
{
    meta:
        id          = "linksys-system-command-page"
        kind        = "backdoor"
        severity    = "medium"
        confidence  = 75
        description = "Web form of the Ralink SDK that runs commands"
        reference   = "https://www.exploit-db.com/exploits (Ralink goform SystemCommand)"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/linksys-system-command-page.txt"
    strings:
        $a = "/goform/SystemCommand"
        $b = "SystemCommandSubmit"
    condition:
        any of them
}

rule linksys_tmunblock
{
    meta:
        id          = "linksys-tmunblock"
        kind        = "backdoor"
        severity    = "medium"
        confidence  = 70
        description = "Page by which TheMoon entered Linksys routers"
        reference   = "https://isc.sans.edu/diary/17633"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/linksys-tmunblock.txt"
    strings:
        $a = "tmUnblock.cgi"
        $b = "hndUnblock.cgi"
    condition:
        all of them
}
