rule arris_password_of_the_day
{
    meta:
        id          = "arris-password-of-the-day"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 85
        description = "Seed of the password of the day of Arris modems"
        reference   = "CVE-2009-5149"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/arris-password-of-the-day.txt"
    strings:
        $a = "MPSJKMDHAI"
    condition:
        any of them
}

rule motorola_technician
{
    meta:
        id          = "motorola-technician"
        kind        = "backdoor"
        severity    = "high"
        confidence  = 80
        description = "Technician account of Motorola and Arris modems"
        reference   = "https://www.exploit-db.com/docs (SURFboard gateways)"
        author      = "assay"
        date        = "2026-11-24"
        sample      = "corpus/samples/rules/motorola-technician.txt"
    strings:
        $a     = "technician" fullword
        $b     = "yZgO8Bvj"
        $list0 = "calvin" fullword
        $list1 = "Administrator" nocase
        $list2 = "3ware" nocase
    condition:
        all of ($a, $b) and not all of ($list*)
}
