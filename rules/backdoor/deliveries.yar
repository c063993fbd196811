rule three_cx_servers
{
    meta:
        id          = "three-cx-servers"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 90
        description = "Servers of the implant in the 3CX client"
        reference   = "CVE-2023-29059"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/three-cx-servers.txt"
    strings:
        $a = "akamaitechcloudservices.com"
        $b = "pbxphonenetwork.com"
        $c = "msstorageazure.com"
    condition:
        any of them
}

rule ccleaner_servers
{
    meta:
        id          = "ccleaner-servers"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 90
        description = "Generated domain of the implant in CCleaner 5.33"
        reference   = "https://blog.talosintelligence.com/avast-distributes-malware/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/ccleaner-servers.txt"
    strings:
        $a = "ab6d54340c1a.com"
        $b = "ab1abad1d0c2a.com"
    condition:
        any of them
}

rule shadowpad_netsarang
{
    meta:
        id          = "shadowpad-netsarang"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 85
        description = "Server of ShadowPad in NetSarang programs"
        reference   = "https://securelist.com/shadowpad-in-corporate-networks/81432/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/shadowpad-netsarang.txt"
    strings:
        $a = "ribotqtonut.com"
        $b = "nylalobghyhirgh.com"
    condition:
        any of them
}

rule shadowhammer
{
    meta:
        id          = "shadowhammer"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 90
        description = "Server of ShadowHammer in ASUS Live Update"
        reference   = "https://securelist.com/operation-shadowhammer/89992/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/shadowhammer.txt"
    strings:
        $a = "asushotfix.com"
    condition:
        any of them
}

rule goldenspy
{
    meta:
        id          = "goldenspy"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 85
        description = "GoldenSpy in Chinese tax software"
        reference   = "https://www.trustwave.com/en-us/resources/library/documents/the-golden-tax-department-and-the-emergence-of-goldenspy-malware/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/goldenspy.txt"
    strings:
        $a = "ningzhidata.com"
        $b = "tax-helper.ltd"
    condition:
        any of them
}

rule sunburst_supernova
{
    meta:
        id          = "sunburst-supernova"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 85
        description = "SUPERNOVA web shell in SolarWinds Orion"
        reference   = "https://unit42.paloaltonetworks.com/solarstorm-supernova/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/sunburst-supernova.txt"
    strings:
        $a = "app_web_logoimagehandler.ashx.b6031896"
        $b = "DynamicRun"
        $c = "clazz" fullword
    condition:
        $a or all of ($b, $c)
}

rule sunspot_log
{
    meta:
        id          = "sunspot-log"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 85
        description = "Log of SUNSPOT, which changed the build of Orion"
        reference   = "https://www.crowdstrike.com/blog/sunspot-malware-technical-analysis/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/sunspot-log.txt"
    strings:
        $a = "vmware-vmdmp.log" ascii wide
    condition:
        any of them
}

rule codecov_uploader
{
    meta:
        id          = "codecov-uploader"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 90
        description = "Line that was added to the Codecov uploader"
        reference   = "https://about.codecov.io/security-update/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/codecov-uploader.txt"
    strings:
        $a = "curl -sm 0.5 -d \"$(git remote -v)"
    condition:
        any of them
}

rule ua_parser_js_servers
{
    meta:
        id          = "ua-parser-js-servers"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 90
        description = "Server of the implant in ua-parser-js"
        reference   = "https://github.com/advisories/GHSA-pjwm-rvh2-c87w"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/ua-parser-js-servers.txt"
    strings:
        $a = "citationsherbe.at"
    condition:
        any of them
}

rule npm_coa_rc_servers
{
    meta:
        id          = "npm-coa-rc-servers"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 90
        description = "Server of the implant in coa and rc"
        reference   = "https://github.com/advisories/GHSA-73qr-pfmq-6rp8"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/npm-coa-rc-servers.txt"
    strings:
        $a = "pastorcryptograph.at"
    condition:
        any of them
}

rule npm_eslint_scope
{
    meta:
        id          = "npm-eslint-scope"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 80
        description = "Implant in eslint-scope 3.7.2"
        reference   = "https://eslint.org/blog/2018/07/postmortem-for-malicious-package-publishes/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/npm-eslint-scope.txt"
    strings:
        $a = "pastebin.com/raw/XLeVP82h"
    condition:
        any of them
}

rule npm_shai_hulud
{
    meta:
        id          = "npm-shai-hulud"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 90
        description = "Worm Shai-Hulud of npm packages"
        reference   = "https://www.cisa.gov/news-events/alerts/2025/09/23/widespread-supply-chain-compromise-impacting-npm-ecosystem"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/npm-shai-hulud.txt"
    strings:
        $a = "webhook.site/bb8ca5f6-4175-45d2-b042-fc9ebb8170b7"
        $b = "shai-hulud-workflow.yml"
    condition:
        any of them
}

rule pypi_ctx
{
    meta:
        id          = "pypi-ctx"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 90
        description = "Server of the implant in ctx and phpass"
        reference   = "https://isc.sans.edu/diary/28678"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/pypi-ctx.txt"
    strings:
        $a = "anti-theft-web.herokuapp.com"
    condition:
        any of them
}

rule pytorch_torchtriton
{
    meta:
        id          = "pytorch-torchtriton"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 85
        description = "Server of the implant in torchtriton"
        reference   = "https://pytorch.org/blog/compromised-nightly-dependency/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/pytorch-torchtriton.txt"
    strings:
        $a = "h4ck.cfd"
    condition:
        any of them
}

rule polyfill_io
{
    meta:
        id          = "polyfill-io"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 85
        description = "Server behind the script of polyfill.io"
        reference   = "https://sansec.io/research/polyfill-supply-chain-attack"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/polyfill-io.txt"
    strings:
        $a = "googie-anaiytics.com"
        $b = "kuurza.com/redirect"
    condition:
        any of them
}

rule xz_build_script
{
    meta:
        id          = "xz-build-script"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 95
        description = "Line by which the build of xz 5.6 found its implant"
        reference   = "CVE-2024-3094"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/xz-build-script.txt"
    strings:
        $a = "#{4}[[:alnum:]]{5}#{4}$"
    condition:
        any of them
}

rule unrealircd_debugmode
{
    meta:
        id          = "unrealircd-debugmode"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 85
        description = "Implant in UnrealIRCd 3.2.8.1"
        reference   = "CVE-2010-2075"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/unrealircd-debugmode.txt"
    strings:
        $a = "DEBUGMODE3_INFO"
        $b = "DEBUG3_DOLOG_SYSTEM"
    condition:
        any of them
}

rule linux_wait4_attempt
{
    meta:
        id          = "linux-wait4-attempt"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 90
        description = "Attempt to put a way to root into Linux in 2003"
        reference   = "https://lwn.net/Articles/57135/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/linux-wait4-attempt.txt"
    strings:
        $a = /\(__WCLONE\s?\|\s?__WALL\)\)\s?&&\s?\(current->uid = 0\)/
    condition:
        any of them
}

rule medoc_telebots
{
    meta:
        id          = "medoc-telebots"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 75
        description = "Implant in M.E.Doc"
        reference   = "https://www.welivesecurity.com/2017/07/04/analysis-of-telebots-cunning-backdoor/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/medoc-telebots.txt"
    strings:
        $a = "ZvitPublishedObjects"
        $b = "MeCom" fullword
        $c = "AutoPayload"
    condition:
        all of ($a, $b) or all of ($a, $c)
}

rule passwordstate_moserware
{
    meta:
        id          = "passwordstate-moserware"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 85
        description = "Server of the implant in Passwordstate"
        reference   = "https://www.csis.dk/newsroom-blog-overview/2021/moserpass-supply-chain/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/passwordstate-moserware.txt"
    strings:
        $a = "passwordstate-18ed2.kxcdn.com"
    condition:
        any of them
}
