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
