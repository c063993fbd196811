rule realtek_form_sys_cmd
{
    meta:
        id          = "realtek-form-sys-cmd"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 80
        description = "Web form of the Realtek SDK that runs any command"
        reference   = "CVE-2021-35395"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/realtek-form-sys-cmd.txt"
    strings:
        $form    = "formSysCmd"
        $file    = "syscmd.htm"
        $handler = "/boafrm/"
    condition:
        $form and any of ($file, $handler)
}

rule realtek_udp_server
{
    meta:
        id          = "realtek-udp-server"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 80
        description = "Test service of the Realtek SDK that runs commands on UDP 9034"
        reference   = "CVE-2021-35394"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/realtek-udp-server.hex"
    strings:
        $a = "UDPServer" fullword
        $b = "orf;" 
    condition:
        uint32(0) == 0x464c457f and all of them
}
