rule zte_web_shell
{
    meta:
        id          = "zte-web-shell"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 90
        description = "Page that runs commands without a login on ZTE gateways"
        reference   = "CVE-2014-2321"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/zte-web-shell.txt"
    strings:
        $page = "web_shell_cmd.gch"
        $home = "/home/httpd/web_shell_cmd"
    condition:
        any of them
}

rule zte_sync_agent
{
    meta:
        id          = "zte-sync-agent"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 95
        description = "Password of the setuid shell sync_agent on ZTE telephones"
        reference   = "CVE-2012-2949"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/zte-sync-agent.txt"
    strings:
        $password = "ztex1609523"
    condition:
        $password
}
