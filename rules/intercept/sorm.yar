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
