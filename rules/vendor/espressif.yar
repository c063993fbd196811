rule espressif_idf
{
    meta:
        id          = "espressif-idf"
        kind        = "vendor"
        severity    = "info"
        confidence  = 85
        description = "Code built with ESP-IDF"
        reference   = "https://docs.espressif.com/projects/esp-idf"
        vendor      = "espressif"
        strength    = "strong"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/espressif-idf.txt"
    strings:
        $a = /\/components\/esp_(system|hw_support|common|rom)\/[a-z0-9_\/]{3,40}\.c\b/
    condition:
        any of them
}
