/* Terms in UTF-8, Windows-1251 and KOI8-R; the bare abbreviation has four bytes in the latter two and is not used. */
rule sorm_russian_terms
{
    meta:
        id          = "sorm-russian-terms"
        kind        = "intercept"
        severity    = "high"
        confidence  = 85
        description = "Russian terms of the interception system SORM with a second term"
        reference   = "Order of the Ministry of Communications of the Russian Federation No. 83 of 2014"
        reference   = "Federal Law 144-FZ"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/sorm-russian-terms.txt"
    strings:
        $utf8_pu   = "ПУ СОРМ"
        $utf8_ts   = "ТС СОРМ"
        $utf8_sorm = "СОРМ"
        $utf8_orm  = "оперативно-розыск"
        $utf8_fsb  = "ФСБ"
        $cp_pu     = { cf d3 20 d1 ce d0 cc }
        $cp_ts     = { d2 d1 20 d1 ce d0 cc }
        $koi_pu    = { f0 f5 20 f3 ef f2 ed }
        $koi_ts    = { f4 f3 20 f3 ef f2 ed }
    condition:
        $utf8_pu or $utf8_ts or ($utf8_sorm and ($utf8_orm or $utf8_fsb)) or any of ($cp_pu, $cp_ts, $koi_pu, $koi_ts)
}

rule sorm_exchange_protocol
{
    meta:
        id          = "sorm-exchange-protocol"
        kind        = "intercept"
        severity    = "high"
        confidence  = 85
        description = "Names of the SORM-3 exchange protocol"
        reference   = "Order of the Ministry of Communications of the Russian Federation No. 573 of 2018"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/sorm-exchange-protocol.txt"
    strings:
        $m1 = "sorm-message-session" nocase
        $m2 = "sorm-message-task" nocase
        $m3 = "sorm-message-report" nocase
        $m4 = "sorm-request-identifier" nocase
        $m5 = "sorm-report-abonent" nocase
        $m6 = "sorm-message-trap" nocase
    condition:
        2 of them
}

rule sorm_latin_terms
{
    meta:
        id          = "sorm-latin-terms"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 70
        description = "Transliterated SORM terms: configuration and services"
        reference   = "Federal Law 144-FZ"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/sorm-latin-terms.txt"
    strings:
        $levels   = /\bSORM[-_ ]?[123]\b/
        $config   = "sorm.cfg" fullword
        $daemon   = "sormd" fullword
        $upper    = "SORM" fullword
        $yarovaya = "Yarovaya" nocase fullword
    condition:
        2 of ($levels, $config, $daemon, $yarovaya) or ($levels and #upper > 3)
}

rule sorm_operational_search_cp1251
{
    meta:
        id          = "sorm-operational-search-cp1251"
        kind        = "intercept"
        severity    = "high"
        confidence  = 85
        description = "Russian for operational-search measures, in Windows-1251"
        reference   = "Federal Law 144-FZ"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/sorm-operational-search-cp1251.hex"
    strings:
        $a = { ee ef e5 f0 e0 f2 e8 e2 ed ee 2d f0 ee e7 fb f1 ea ed }
        $b = { ee ef e5 f0 e0 f2 e8 e2 ed ee 2d f0 e0 e7 fb f1 ea ed }
        $c = { ce ef e5 f0 e0 f2 e8 e2 ed ee 2d f0 ee e7 fb f1 ea ed }
    condition:
        any of them
}

rule sorm_control_point_cp1251
{
    meta:
        id          = "sorm-control-point-cp1251"
        kind        = "intercept"
        severity    = "high"
        confidence  = 85
        description = "Russian for the control point of SORM, in Windows-1251"
        reference   = "Order of the Ministry of Communications of the Russian Federation No. 83 of 2014"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/sorm-control-point-cp1251.hex"
    strings:
        $a = { ef f3 eb fc f2 20 f3 ef f0 e0 e2 eb e5 ed e8 ff 20 d1 ce d0 cc }
        $b = { cf f3 eb fc f2 20 f3 ef f0 e0 e2 eb e5 ed e8 ff 20 d1 ce d0 cc }
        $c = { f2 e5 f5 ed e8 f7 e5 f1 ea e8 e5 20 f1 f0 e5 e4 f1 f2 e2 e0 20 d1 ce d0 cc }
    condition:
        any of them
}

rule sorm_operational_search_koi8r
{
    meta:
        id          = "sorm-operational-search-koi8r"
        kind        = "intercept"
        severity    = "high"
        confidence  = 85
        description = "Russian for operational-search measures, in KOI8-R"
        reference   = "Federal Law 144-FZ"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/sorm-operational-search-koi8r.hex"
    strings:
        $a = { cf d0 c5 d2 c1 d4 c9 d7 ce cf 2d d2 cf da d9 d3 cb ce }
        $b = { cf d0 c5 d2 c1 d4 c9 d7 ce cf 2d d2 c1 da d9 d3 cb ce }
        $c = { ef d0 c5 d2 c1 d4 c9 d7 ce cf 2d d2 cf da d9 d3 cb ce }
    condition:
        any of them
}

rule sorm_control_point_koi8r
{
    meta:
        id          = "sorm-control-point-koi8r"
        kind        = "intercept"
        severity    = "high"
        confidence  = 85
        description = "Russian for the control point of SORM, in KOI8-R"
        reference   = "Order of the Ministry of Communications of the Russian Federation No. 83 of 2014"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/sorm-control-point-koi8r.hex"
    strings:
        $a = { d0 d5 cc d8 d4 20 d5 d0 d2 c1 d7 cc c5 ce c9 d1 20 f3 ef f2 ed }
        $b = { f0 d5 cc d8 d4 20 d5 d0 d2 c1 d7 cc c5 ce c9 d1 20 f3 ef f2 ed }
        $c = { d4 c5 c8 ce c9 de c5 d3 cb c9 c5 20 d3 d2 c5 c4 d3 d4 d7 c1 20 f3 ef f2 ed }
    condition:
        any of them
}

rule sorm_operational_search_utf16
{
    meta:
        id          = "sorm-operational-search-utf16"
        kind        = "intercept"
        severity    = "high"
        confidence  = 85
        description = "Russian for operational-search measures, in UTF-16"
        reference   = "Federal Law 144-FZ"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/sorm-operational-search-utf16.hex"
    strings:
        $a = { 3e 04 3f 04 35 04 40 04 30 04 42 04 38 04 32 04 3d 04 3e 04 2d 00 40 04 3e 04 37 04 4b 04 41 04 3a 04 3d 04 }
        $b = { 3e 04 3f 04 35 04 40 04 30 04 42 04 38 04 32 04 3d 04 3e 04 2d 00 40 04 30 04 37 04 4b 04 41 04 3a 04 3d 04 }
        $c = { 1e 04 3f 04 35 04 40 04 30 04 42 04 38 04 32 04 3d 04 3e 04 2d 00 40 04 3e 04 37 04 4b 04 41 04 3a 04 3d 04 }
    condition:
        any of them
}

rule sorm_control_point_utf16
{
    meta:
        id          = "sorm-control-point-utf16"
        kind        = "intercept"
        severity    = "high"
        confidence  = 85
        description = "Russian for the control point of SORM, in UTF-16"
        reference   = "Order of the Ministry of Communications of the Russian Federation No. 83 of 2014"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/sorm-control-point-utf16.hex"
    strings:
        $a = { 3f 04 43 04 3b 04 4c 04 42 04 20 00 43 04 3f 04 40 04 30 04 32 04 3b 04 35 04 3d 04 38 04 4f 04 20 00 21 04 1e 04 20 04 1c 04 }
        $b = { 1f 04 43 04 3b 04 4c 04 42 04 20 00 43 04 3f 04 40 04 30 04 32 04 3b 04 35 04 3d 04 38 04 4f 04 20 00 21 04 1e 04 20 04 1c 04 }
        $c = { 42 04 35 04 45 04 3d 04 38 04 47 04 35 04 41 04 3a 04 38 04 35 04 20 00 41 04 40 04 35 04 34 04 41 04 42 04 32 04 30 04 20 00 21 04 1e 04 20 04 1c 04 }
    condition:
        any of them
}

rule sorm_control_point_utf8
{
    meta:
        id          = "sorm-control-point-utf8"
        kind        = "intercept"
        severity    = "high"
        confidence  = 85
        description = "Russian for the control point of SORM, in UTF-8"
        reference   = "Order of the Ministry of Communications of the Russian Federation No. 83 of 2014"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/sorm-control-point-utf8.txt"
    strings:
        $a = "пульт управления СОРМ"
        $b = "Пульт управления СОРМ"
        $c = "пульта управления СОРМ"
        $d = "технические средства СОРМ"
    condition:
        any of them
}

rule sorm_yarovaya_storage
{
    meta:
        id          = "sorm-yarovaya-storage"
        kind        = "intercept"
        severity    = "high"
        confidence  = 80
        description = "Storage of all traffic after the law of 2016, in Russian"
        reference   = "Federal Law 374-FZ of 2016"
        reference   = "Government Decree 445 of 2018"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/sorm-yarovaya-storage.txt"
    strings:
        $a = "закон Яровой"
        $b = "Яровая"
        $c = "технические средства накопления информации"
        $d = "374-ФЗ"
    condition:
        2 of them
}

rule sorm_levels_russian
{
    meta:
        id          = "sorm-levels-russian"
        kind        = "intercept"
        severity    = "high"
        confidence  = 80
        description = "SORM with its number, in Russian"
        reference   = "Federal Law 144-FZ"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/sorm-levels-russian.txt"
    strings:
        $a = "СОРМ-1"
        $b = "СОРМ-2"
        $c = "СОРМ-3"
        $d = "СОРМ 3"
    condition:
        any of them and filesize < 64MB
}

rule sorm_asn1_records
{
    meta:
        id          = "sorm-asn1-records"
        kind        = "intercept"
        severity    = "high"
        confidence  = 85
        description = "Records of subscribers that SORM-3 hands over"
        reference   = "Order of the Ministry of Communications of the Russian Federation No. 573 of 2018"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/sorm-asn1-records.txt"
    strings:
        $a = "sorm-report-connection" nocase
        $b = "sorm-report-payment" nocase
        $c = "sorm-report-presense" nocase
        $d = "sorm-report-location" nocase
        $e = "sorm-report-dictionary" nocase
        $f = "sorm-request-connection" nocase
        $g = "sorm-request-payment" nocase
        $h = "sorm-report-data-content-raw" nocase
    condition:
        2 of them
}

rule norsi_trans_products
{
    meta:
        id          = "norsi-trans-products"
        kind        = "intercept"
        severity    = "high"
        confidence  = 80
        description = "Products of Norsi-Trans, a supplier of SORM equipment"
        reference   = "https://norsi-trans.ru"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/norsi-trans-products.txt"
    strings:
        $a    = "Норси-Транс"
        $b    = "НОРСИ-ТРАНС"
        $iana = "PRIVATE ENTERPRISE NUMBERS" nocase
    condition:
        any of ($a, $b) and not $iana
}

rule mfi_soft_products
{
    meta:
        id          = "mfi-soft-products"
        kind        = "intercept"
        severity    = "high"
        confidence  = 80
        description = "Products of MFI Soft, a supplier of SORM equipment"
        reference   = "https://mfisoft.ru"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/mfi-soft-products.txt"
    strings:
        $a    = "МФИ Софт"
        $b    = "mfisoft.ru" nocase
        $c    = "SORMovich" nocase
        $iana = "PRIVATE ENTERPRISE NUMBERS" nocase
    condition:
        any of ($a, $b, $c) and not $iana
}

rule signatec_products
{
    meta:
        id          = "signatec-products"
        kind        = "intercept"
        severity    = "high"
        confidence  = 80
        description = "Products of Signatec, a supplier of SORM equipment"
        reference   = "https://www.signatec.ru"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/signatec-products.txt"
    strings:
        $a    = "signatec.ru" nocase
        $b    = "Сигнатек"
        $c    = "СИГНАТЕК"
        $iana = "PRIVATE ENTERPRISE NUMBERS" nocase
    condition:
        any of ($a, $b, $c) and not $iana
}

rule techargos_products
{
    meta:
        id          = "techargos-products"
        kind        = "intercept"
        severity    = "high"
        confidence  = 80
        description = "Products of TechArgos, a supplier of SORM equipment"
        reference   = "https://tech-argos.ru"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/techargos-products.txt"
    strings:
        $a    = "tech-argos.ru" nocase
        $b    = "TechArgos" fullword
        $c    = "ТехАргос"
        $iana = "PRIVATE ENTERPRISE NUMBERS" nocase
    condition:
        any of ($a, $b, $c) and not $iana
}

rule special_technologies_products
{
    meta:
        id          = "special-technologies-products"
        kind        = "intercept"
        severity    = "high"
        confidence  = 75
        description = "Products of Special Technologies, a supplier of SORM equipment"
        reference   = "https://www.spectech.ru"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/special-technologies-products.txt"
    strings:
        $a = "Специальные Технологии"
        $b = "СОРМ"
    condition:
        all of them and filesize < 64MB
}

rule protei_sorm
{
    meta:
        id          = "protei-sorm"
        kind        = "intercept"
        severity    = "high"
        confidence  = 80
        description = "Interception in products of Protei"
        reference   = "https://protei.ru"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/protei-sorm.txt"
    strings:
        $a    = "Protei_SORM" nocase
        $b    = "PROTEI SORM" nocase
        $c    = "Protei-SORM" nocase
        $d    = "Протей-СОРМ"
        $iana = "PRIVATE ENTERPRISE NUMBERS" nocase
    condition:
        any of ($a, $b, $c, $d) and not $iana
}

rule roskomnadzor_lists
{
    meta:
        id          = "roskomnadzor-lists"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 75
        description = "Lists of blocked sites of the Russian regulator"
        reference   = "https://vigruzki.rkn.gov.ru"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/roskomnadzor-lists.txt"
    strings:
        $a = "vigruzki.rkn.gov.ru"
        $b = "vigruzki2.rkn.gov.ru"
        $d = "rkn.gov.ru/OperatorRequest/"
    condition:
        any of ($a, $b, $d)
}

rule revisor_agent
{
    meta:
        id          = "revisor-agent"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 75
        description = "Agent that checks whether a provider blocks what is listed"
        reference   = "https://rkn.gov.ru (AS Revizor)"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/revisor-agent.txt"
    strings:
        $a = "АС «Ревизор»"
        $b = "rfc-revizor.ru"
        $c = "rfc-revisor.ru"
    condition:
        any of them
}
