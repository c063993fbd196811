rule uefi_lojax
{
    meta:
        id          = "uefi-lojax"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 90
        description = "LoJax implant of UEFI firmware"
        reference   = "https://www.welivesecurity.com/wp-content/uploads/2018/09/ESET-LoJax.pdf"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/uefi-lojax.txt"
    strings:
        $a = "autoche.exe" ascii wide
    condition:
        any of them
}

rule uefi_mosaic_regressor
{
    meta:
        id          = "uefi-mosaic-regressor"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 80
        description = "MosaicRegressor implant of UEFI firmware"
        reference   = "https://securelist.com/mosaicregressor/98849/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/uefi-mosaic-regressor.hex"
    strings:
        $a = "IntelUpdate.exe" wide
        $b = "\\Start Menu\\Programs\\Startup" wide
    condition:
        all of them
}

rule uefi_vector_edk
{
    meta:
        id          = "uefi-vector-edk"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 85
        description = "UEFI implant of Hacking Team"
        reference   = "https://github.com/hackedteam/vector-edk"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/uefi-vector-edk.hex"
    strings:
        $a = "scout.exe" wide
        $b = "soldier.exe" wide
    condition:
        all of them
}

rule uefi_moonbounce_server
{
    meta:
        id          = "uefi-moonbounce-server"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 85
        description = "Server of the MoonBounce implant"
        reference   = "https://securelist.com/moonbounce-the-dark-side-of-uefi-firmware/105468/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/uefi-moonbounce-server.txt"
    strings:
        $a = "mb.glbaitech.com"
    condition:
        any of them
}

rule uefi_cosmicstrand_server
{
    meta:
        id          = "uefi-cosmicstrand-server"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 85
        description = "Server of the CosmicStrand implant"
        reference   = "https://securelist.com/cosmicstrand-uefi-firmware-rootkit/106973/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/uefi-cosmicstrand-server.txt"
    strings:
        $a = "update.bokts.com"
    condition:
        any of them
}

rule uefi_especter_servers
{
    meta:
        id          = "uefi-especter-servers"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 85
        description = "Servers of the ESPecter boot kit"
        reference   = "https://www.welivesecurity.com/2021/10/05/uefi-threats-moving-esp-introducing-especter-bootkit/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/uefi-especter-servers.txt"
    strings:
        $a = "server.microsoftassistant.com"
        $b = "yspark.justdied.com"
    condition:
        any of them
}

rule uefi_bootkitty
{
    meta:
        id          = "uefi-bootkitty"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 90
        description = "Bootkitty, a boot kit for Linux"
        reference   = "https://www.welivesecurity.com/en/eset-research/bootkitty-analyzing-first-uefi-bootkit-linux/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/uefi-bootkitty.txt"
    strings:
        $a = "Bootkitty's Bootkit"
        $b = "/opt/injector.so"
    condition:
        any of them
}

rule uefi_computrace
{
    meta:
        id          = "uefi-computrace"
        kind        = "backdoor"
        severity    = "medium"
        confidence  = 80
        description = "Computrace agent: firmware that puts a program into Windows"
        reference   = "https://securelist.com/absolute-computrace-revisited/58278/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/uefi-computrace.txt"
    strings:
        $a = "search.namequery.com" ascii wide
        $b = "rpcnetp.exe" ascii wide
    condition:
        any of them
}

rule uefi_lenovo_service_engine
{
    meta:
        id          = "uefi-lenovo-service-engine"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 85
        description = "Lenovo Service Engine: firmware that puts a program into Windows"
        reference   = "https://support.lenovo.com/us/en/product_security/lse_bios_notebook"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/uefi-lenovo-service-engine.txt"
    strings:
        $a = "NovoSecEngine" ascii wide
    condition:
        any of them
}

rule uefi_gigabyte_live_update
{
    meta:
        id          = "uefi-gigabyte-live-update"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 85
        description = "Firmware that fetches a program for Windows without protection"
        reference   = "https://eclypsium.com/blog/supply-chain-risk-from-gigabyte-app-center-backdoor/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/uefi-gigabyte-live-update.txt"
    strings:
        $a = "mb.download.gigabyte.com/FileList/Swhttp/LiveUpdate4" ascii wide
    condition:
        any of them
}

rule uefi_asus_armoury_crate
{
    meta:
        id          = "uefi-asus-armoury-crate"
        kind        = "backdoor"
        severity    = "low"
        confidence  = 75
        description = "Firmware that puts a program into Windows"
        reference   = "https://learn.microsoft.com/windows-hardware/design/device-experiences/oem-uefi (WPBT)"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/uefi-asus-armoury-crate.txt"
    strings:
        $a = "wpbbin.exe" ascii wide nocase
    condition:
        any of them
}
