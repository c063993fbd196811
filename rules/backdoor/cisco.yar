rule cisco_ios_xe_web_implant
{
    meta:
        id          = "cisco-ios-xe-web-implant"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 90
        description = "Implant in the web interface of Cisco IOS XE"
        reference   = "CVE-2023-20198"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/cisco-ios-xe-web-implant.txt"
    strings:
        $a = "cisco_service.conf"
        $b = "/webui/logoutconfirm.html?logon_hash="
    condition:
        any of them
}

rule cisco_jaguar_tooth
{
    meta:
        id          = "cisco-jaguar-tooth"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 85
        description = "JAGUAR TOOTH implant of Cisco IOS"
        reference   = "https://www.ncsc.gov.uk/static-assets/documents/malware-analysis-reports/jaguar-tooth/NCSC-MAR-Jaguar-Tooth.pdf"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/cisco-jaguar-tooth.txt"
    strings:
        $a = "Service Policy Lock"
    condition:
        any of them
}

rule f5_known_ssh_key
{
    meta:
        id          = "f5-known-ssh-key"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 90
        description = "SSH key of F5 BIG-IP whose private half is public"
        reference   = "CVE-2012-1493"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/f5-known-ssh-key.txt"
    strings:
        $a = "AAAAB3NzaC1yc2EAAAABIwAAAIEAvIhC5skTzxyHif/7iy3yhxuK6/OB13hjPqrskogkYFrcW8OK4VJT"
    condition:
        any of them
}

rule vagrant_known_ssh_key
{
    meta:
        id          = "vagrant-known-ssh-key"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 90
        description = "SSH key of Vagrant whose private half is public"
        reference   = "https://github.com/hashicorp/vagrant/tree/main/keys"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/vagrant-known-ssh-key.txt"
    strings:
        $a = "AAAAB3NzaC1yc2EAAAABIwAAAQEA6NF8iallvQVp22WDkTkyrtvp9eWW6A8YVr+kz4TjGYe7gHzI"
        $b = "MIIEogIBAAKCAQEA6NF8iallvQVp22WDkTkyrtvp9eWW6A8YVr+kz4TjGYe7gHzI"
    condition:
        any of them
}
