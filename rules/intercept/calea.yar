rule calea_j_std_025
{
    meta:
        id          = "calea-j-std-025"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 85
        description = "American standard for interception in telephone networks"
        reference   = "J-STD-025-B"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/calea-j-std-025.txt"
    strings:
        $a = "J-STD-025" nocase
        $b = "JSTD025" nocase
        $c = "J-STD-025-A"
    condition:
        any of them
}

rule calea_laes_messages
{
    meta:
        id          = "calea-laes-messages"
        kind        = "intercept"
        severity    = "high"
        confidence  = 80
        description = "Messages of lawfully authorised electronic surveillance"
        reference   = "J-STD-025-B"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/calea-laes-messages.txt"
    strings:
        $a = "LAESProtocol"
        $b = "LaesMessage"
        $c = "CCOpen" fullword
        $d = "CCClose" fullword
        $e = "CaseIdentity"
        $f = "IAPSystemIdentity"
    condition:
        3 of them
}

rule calea_t1_678
{
    meta:
        id          = "calea-t1-678"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 80
        description = "American standard for interception of voice over packets"
        reference   = "ATIS-1000678"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/calea-t1-678.txt"
    strings:
        $a = "T1.678"
        $b = "ATIS-1000678"
        $c = "ATIS-0700005"
    condition:
        any of them
}

rule calea_ipna
{
    meta:
        id          = "calea-ipna"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 80
        description = "American standard for interception of Internet access"
        reference   = "ATIS-1000013"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/calea-ipna.txt"
    strings:
        $a = "ATIS-1000013"
        $b = "LAES-IPNA"
        $c = "T1.IAS"
    condition:
        any of them
}

rule calea_collection_function
{
    meta:
        id          = "calea-collection-function"
        kind        = "intercept"
        severity    = "medium"
        confidence  = 75
        description = "Collection function of American interception"
        reference   = "J-STD-025-B"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/calea-collection-function.txt"
    strings:
        $a = "Law Enforcement Monitoring" nocase
        $b = "collection function" nocase
        $c = "pen register" nocase
        $d = "CALEA" fullword
        $e = "trap and trace" nocase
    condition:
        3 of them and filesize < 64MB
}
