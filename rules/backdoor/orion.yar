rule solarwinds_sunburst
{
    meta:
        id          = "solarwinds-sunburst"
        kind        = "backdoor"
        severity    = "critical"
        confidence  = 95
        description = "Class and domain of the SUNBURST implant in SolarWinds Orion"
        reference   = "https://www.cisa.gov/news-events/cybersecurity-advisories/aa20-352a"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/solarwinds-sunburst.txt"
    strings:
        $class  = "OrionImprovementBusinessLayer" ascii wide
        $domain = "avsvmcloud.com" ascii wide
    condition:
        $class and (uint16(0) == 0x5a4d or $domain)
}
