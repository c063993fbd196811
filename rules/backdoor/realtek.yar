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
