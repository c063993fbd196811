rule dpi_skat
{
    meta:
        id          = "dpi-skat"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 85
        description = "VAS Experts SKAT deep packet inspection (also sold for SORM)"
        reference   = "https://vasexperts.ru"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/dpi-skat.txt"
    strings:
        $config  = "/etc/dpi/fastdpi.conf"
        $process = "fastdpi" fullword
        $pcrf    = "fastpcrf" fullword
    condition:
        $config or all of ($process, $pcrf)
}

rule dpi_tspu
{
    meta:
        id          = "dpi-tspu"
        kind        = "intercept"
        severity    = "high"
        confidence  = 80
        description = "State filtering equipment (TSPU) and its product EcoFilter"
        reference   = "Federal Law 90-FZ of 2019"
        reference   = "https://rdp.ru"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/dpi-tspu.txt"
    strings:
        $tspu_utf8 = "ТСПУ"
        $filter    = "EcoFilter" fullword
        $sge       = "EcoSGE" fullword
        $rkn_utf8  = "Роскомнадзор"
    condition:
        2 of them
}

rule dpi_qosmos
{
    meta:
        id          = "dpi-qosmos"
        kind        = "intercept"
        severity    = "low"
        confidence  = 85
        description = "Qosmos ixEngine deep packet inspection"
        reference   = "https://www.enea.com/solutions/dpi-traffic-intelligence/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/dpi-qosmos.txt"
    strings:
        $a = "qmdpi_engine_create"
        $b = "qmdpi_worker_create"
        $c = "qmdpi_bundle_create_from_file"
        $d = "qmdpi_worker_process"
    condition:
        2 of them
}

rule dpi_ndpi
{
    meta:
        id          = "dpi-ndpi"
        kind        = "intercept"
        severity    = "info"
        confidence  = 90
        description = "nDPI, an open deep packet inspection library"
        reference   = "https://www.ntop.org/products/deep-packet-inspection/ndpi/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/dpi-ndpi.txt"
    strings:
        $a = "ndpi_init_detection_module"
        $b = "ndpi_detection_process_packet"
        $c = "ipoque_init_detection_module"
        $d = "ipoque_detection_process_packet"
    condition:
        2 of them
}

rule dpi_pace
{
    meta:
        id          = "dpi-pace"
        kind        = "intercept"
        severity    = "low"
        confidence  = 80
        description = "R&S PACE 2 packet inspection"
        reference   = "https://www.ipoque.com/products/dpi-engine-rs-pace-2"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/dpi-pace.txt"
    strings:
        $a = "pace2_init_module"
        $b = "pace2_s1_process_packet"
        $c = "pace2_set_license"
        $d = "ipq_pace2_"
    condition:
        any of them
}

rule dpi_procera
{
    meta:
        id          = "dpi-procera"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 80
        description = "Procera and Sandvine PacketLogic"
        reference   = "https://www.sandvine.com"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/dpi-procera.txt"
    strings:
        $a = "PacketLogic" fullword
        $b = "Procera Networks"
        $c = "pldbd" fullword
        $d = "NAVL" fullword
    condition:
        2 of them
}

rule dpi_navl
{
    meta:
        id          = "dpi-navl"
        kind        = "intercept"
        severity    = "low"
        confidence  = 80
        description = "Procera NAVL packet inspection library"
        reference   = "https://www.proceranetworks.com"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/dpi-navl.txt"
    strings:
        $a = "navl_classify"
        $b = "navl_open"
        $c = "navl_proto_find_index"
        $d = "navl_handle_"
    condition:
        2 of them
}

rule dpi_sandvine
{
    meta:
        id          = "dpi-sandvine"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 80
        description = "Sandvine policy traffic switch"
        reference   = "https://citizenlab.ca/2018/03/bad-traffic-sandvines-packetlogic-devices-deploy-government-spyware-turkey-syria/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/dpi-sandvine.txt"
    strings:
        $a = "svsde" fullword
        $b = "Sandvine" fullword
        $c = "SandScript"
        $d = "Policy Traffic Switch"
    condition:
        2 of them
}

rule dpi_allot
{
    meta:
        id          = "dpi-allot"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 80
        description = "Allot service gateways"
        reference   = "https://www.allot.com"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/dpi-allot.txt"
    strings:
        $a = "Allot Communications"
        $b = "NetEnforcer"
        $c = "NetXplorer"
        $d = "AOS-SG" fullword
    condition:
        2 of them
}

rule dpi_huawei_sig
{
    meta:
        id          = "dpi-huawei-sig"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 80
        description = "Service inspection gateway of Huawei"
        reference   = "https://support.huawei.com (SIG9800)"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/dpi-huawei-sig.txt"
    strings:
        $a = "SIG9800"
        $b = "SIG9280"
        $c = "Service Inspection Gateway"
    condition:
        any of them
}

rule dpi_zte
{
    meta:
        id          = "dpi-zte"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 70
        description = "Packet inspection of ZTE"
        reference   = "https://www.zte.com.cn"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/dpi-zte.txt"
    strings:
        $a = "ZXDPI"
    condition:
        any of them
}

rule dpi_bluecoat
{
    meta:
        id          = "dpi-bluecoat"
        kind        = "intercept"
        severity    = "low"
        confidence  = 80
        description = "Blue Coat proxies and PacketShaper"
        reference   = "https://citizenlab.ca/2013/01/planet-blue-coat-mapping-global-censorship-and-surveillance-tools/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/dpi-bluecoat.txt"
    strings:
        $a = "PacketShaper" fullword
        $b = "Blue Coat Systems"
        $c = "BlueCoat ProxySG"
    condition:
        2 of them
}

rule dpi_qosmos_library
{
    meta:
        id          = "dpi-qosmos-library"
        kind        = "intercept"
        severity    = "low"
        confidence  = 80
        description = "Libraries of Qosmos ixEngine"
        reference   = "https://www.enea.com/solutions/dpi-traffic-intelligence/"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/dpi-qosmos-library.txt"
    strings:
        $a = "libqmengine"
        $b = "libqmprotocols"
        $c = "libqmflow"
    condition:
        any of them
}

rule dpi_l7_filter
{
    meta:
        id          = "dpi-l7-filter"
        kind        = "intercept"
        severity    = "info"
        confidence  = 80
        description = "Packet inspection of Linux layer 7 filter"
        reference   = "https://l7-filter.sourceforge.net"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/dpi-l7-filter.txt"
    strings:
        $a = "/etc/l7-protocols"
        $b = "l7-filter" fullword
    condition:
        any of them
}

rule dpi_kerio_rdp_ecofilter
{
    meta:
        id          = "dpi-kerio-rdp-ecofilter"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 80
        description = "EcoFilter of RDP.RU, the equipment of state filtering"
        reference   = "https://rdp.ru"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/dpi-kerio-rdp-ecofilter.txt"
    strings:
        $a = "EcoHighway" fullword
        $b = "econat" fullword
        $c = "EcoNATDPI"
        $d = "ecofilter" fullword
    condition:
        2 of them
}

rule dpi_mfi_soft_perimetr
{
    meta:
        id          = "dpi-mfi-soft-perimetr"
        kind        = "intercept"
        severity    = "high"
        confidence  = 80
        description = "MFI Soft network protection and control"
        reference   = "https://mfisoft.ru"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/dpi-mfi-soft-perimetr.txt"
    strings:
        $a = "mfisoft" nocase
        $b = "perimetr" nocase fullword
        $c = "СОРМович"
    condition:
        $c or all of ($a, $b)
}
