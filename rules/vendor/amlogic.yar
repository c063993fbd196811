rule amlogic_burning_image
{
    meta:
        id          = "amlogic-burning-image"
        kind        = "vendor"
        severity    = "info"
        confidence  = 85
        description = "Burning image of Amlogic"
        reference   = "https://github.com/superna9999/pyamlboot"
        vendor      = "amlogic"
        strength    = "strong"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/amlogic-burning-image.txt"
    strings:
        $a = "aml_sdc_burn"
        $b = "aml_upgrade_package"
    condition:
        any of them
}
